// What the driver says is kept for the test, which reads window.said.
mergeInto(LibraryManager.library, {
  client_page_out__sig: 'vii',
  client_page_out: function(line, bytes) {
    window.said(UTF8ToString(line, bytes));
  },
});
