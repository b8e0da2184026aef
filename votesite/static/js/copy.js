// Copies a code or an address and says so on the button.
(() => {
  'use strict';
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const place = document.querySelector('[data-copy-text]');
    if (!place) return;
    copy(place.getAttribute('data-copy-text')).then(() => {
      const words = button.lastChild;
      const before = words.textContent;
      words.textContent = place.getAttribute('data-copied') || '✓';
      setTimeout(() => { words.textContent = before; }, 2000);
    });
  });

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    return new Promise((done, failed) => {
      const box = document.createElement('textarea');
      box.value = text;
      box.setAttribute('readonly', '');
      box.className = 'unseen';
      document.body.appendChild(box);
      box.select();
      const copied = document.execCommand('copy');
      box.remove();
      if (copied) done(); else failed();
    });
  }
})();
