// emcc's own way to read the module does not work in node 18 and newer: fetch is there, but takes no files.
Module['wasmBinary'] = require('fs').readFileSync(__filename.replace(/js$/, 'wasm'));
