// Around the program: when it cannot start, or dies, the page says so. Runs first; the rest of the file is the build's.
(function() {
  var Module = {};
  var root = document.documentElement;
  function failed(event) {
    var error = event.reason || event.error;
    if (root.dataset['app'] === 'boot' || error instanceof WebAssembly.RuntimeError) {
      root.dataset['app'] = 'failed';
    }
  }
  // What is sent before the program runs is sent when it does (domEarly).
  document.addEventListener('submit', function(event) {
    event.preventDefault();
    if (root.dataset['app'] === 'boot') event.target.dataset['early'] = '1';
  });
  addEventListener('error', failed);
  addEventListener('unhandledrejection', failed);
