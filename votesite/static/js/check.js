// The check before a ballot: computes by ALTCHA where the browser can, else waits; then sends it.
(() => {
  'use strict';
  const form = document.querySelector('[data-check]');
  if (!form) return;
  const state = form.querySelector('[data-state]');
  const button = form.querySelector('button[type=submit]');
  let sent = false;

  function send() {
    if (sent) return;
    sent = true;
    state.textContent = form.dataset.wordSending;
    form.submit();
  }

  function compute() {
    window.$altcha.algorithms.set('PBKDF2/SHA-256', () => new Worker(form.dataset.worker));
    const widget = document.createElement('altcha-widget');
    widget.addEventListener('statechange', (event) => {
      if (event.detail.state === 'verified') send();
    });
    widget.hidden = true;
    widget.setAttribute('configuration', form.dataset.configuration);
    form.appendChild(widget);
  }

  button.hidden = true;
  form.addEventListener('submit', () => { sent = true; });
  const computes = Boolean(window.$altcha && window.crypto && crypto.subtle);
  if (computes) compute();
  // Once: a screen reader reads it out.
  state.textContent = computes ? form.dataset.wordWaiting : form.dataset.wordPausing;
  setTimeout(send, Number(form.dataset.wait) * 1000);

  // A page that comes back from memory has been sent already.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.replace(form.dataset.back);
  });
})();
