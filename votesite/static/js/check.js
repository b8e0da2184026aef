// The check before a ballot: computes by ALTCHA where the browser can, else waits; then sends it.
(function () {
  'use strict';
  var form = document.querySelector('[data-check]');
  if (!form) return;
  var state = form.querySelector('[data-state]');
  var button = form.querySelector('button[type=submit]');
  var sent = false;

  function send() {
    if (sent) return;
    sent = true;
    state.textContent = form.dataset.wordSending;
    form.submit();
  }

  function compute() {
    window.$altcha.algorithms.set('PBKDF2/SHA-256', function () { return new Worker(form.dataset.worker); });
    var widget = document.createElement('altcha-widget');
    widget.addEventListener('statechange', function (event) {
      if (event.detail.state === 'verified') send();
    });
    widget.hidden = true;
    widget.setAttribute('configuration', form.dataset.configuration);
    form.appendChild(widget);
  }

  button.hidden = true;
  form.addEventListener('submit', function () { sent = true; });
  var computes = Boolean(window.$altcha && window.crypto && crypto.subtle);
  if (computes) compute();
  state.textContent = computes ? form.dataset.wordWaiting : form.dataset.wordPausing; // once: a screen reader reads it out
  setTimeout(send, Number(form.dataset.wait) * 1000);

  // A page that comes back from memory has been sent already.
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) location.replace(form.dataset.back);
  });
})();
