// Copies a code or an address and says so on the button.
(function () {
  'use strict';
  document.addEventListener('click', function (event) {
    var button = event.target.closest('[data-copy]');
    if (!button) return;
    var place = document.querySelector('[data-copy-text]');
    if (!place) return;
    copy(place.getAttribute('data-copy-text')).then(function () {
      var words = button.lastChild;
      var before = words.textContent;
      words.textContent = place.getAttribute('data-copied') || '✓';
      setTimeout(function () { words.textContent = before; }, 2000);
    });
  });

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    return new Promise(function (done, failed) {
      var box = document.createElement('textarea');
      box.value = text;
      box.setAttribute('readonly', '');
      box.className = 'unseen';
      document.body.appendChild(box);
      box.select();
      var copied = document.execCommand('copy');
      box.remove();
      if (copied) done(); else failed();
    });
  }
})();
