// Copies a code or an address and says so on the button; where that is forbidden it selects the text.
(() => {
  'use strict';
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    const place = button && textOf(button);
    if (!place) return;
    const text = place.getAttribute('data-copy-text');
    write(text).catch(() => command(text)).then(() => {
      const words = button.lastChild;
      if (button.hasAttribute('data-says')) return;
      const before = words.textContent;
      button.setAttribute('data-says', '');
      words.textContent = place.getAttribute('data-copied') || '✓';
      setTimeout(() => {
        words.textContent = before;
        button.removeAttribute('data-says');
      }, 2000);
    }, () => { select(place, button); });
  });

  // The last text before the button within the smallest part of the page that holds one.
  function textOf(button) {
    for (let part = button.parentElement; part; part = part.parentElement) {
      const texts = [...part.querySelectorAll('[data-copy-text]')];
      const before = texts.filter((text) => text.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING);
      if (texts.length) return before[before.length - 1] || texts[0];
    }
    return null;
  }

  function write(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    return Promise.reject(new Error('no clipboard'));
  }

  function command(text) {
    const box = document.createElement('textarea');
    box.value = text;
    box.setAttribute('readonly', '');
    box.className = 'unseen';
    document.body.appendChild(box);
    box.select();
    const copied = document.execCommand('copy');
    box.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error('not allowed'));
  }

  function select(place, button) {
    const range = document.createRange();
    range.selectNodeContents(place);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    const words = place.getAttribute('data-selected');
    const row = button.closest('.button-pair') || button;
    if (!words || (row.nextElementSibling && row.nextElementSibling.hasAttribute('data-copy-says'))) return;
    const said = document.createElement('p');
    said.className = 'second';
    said.setAttribute('role', 'status');
    said.setAttribute('data-copy-says', '');
    row.parentNode.insertBefore(said, row.nextSibling);
    setTimeout(() => { said.textContent = words; }, 0);
  }
})();
