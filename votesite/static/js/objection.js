// Opens the commitments of an objection and of its answer in the visitor's own browser: from the words that
// are typed in, the salt of the receipt, and what the ledger publishes for everybody. Nothing is sent.
(() => {
  'use strict';
  const place = document.getElementById('opening');
  const form = place && place.querySelector('form');
  if (!form) return;
  const ledger = place.getAttribute('data-ledger');
  const salt = place.getAttribute('data-salt');

  function say(outcome) {
    place.querySelectorAll('[data-opened]').forEach((notice) => {
      notice.hidden = notice.getAttribute('data-opened') !== outcome;
    });
  }

  // As the site stores what was typed; such arrays of texts JSON.stringify writes as RFC 8785 has them.
  function tidy(text) {
    return text.normalize('NFC').replace(/\r\n?/g, '\n').trim();
  }

  async function commitment(parts) {
    const bytes = Uint8Array.from(salt.match(/../g), (pair) => parseInt(pair, 16));
    const body = new TextEncoder().encode(JSON.stringify(parts));
    const joined = new Uint8Array(bytes.length + body.length);
    joined.set(bytes);
    joined.set(body, bytes.length);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async function entry(n) {
    const answer = await fetch(`${ledger}entries?from=${n}&to=${n + 1}`, { cache: 'no-store' });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  async function check() {
    const n = Number(place.getAttribute('data-n'));
    const typed = ['kind', 'name', 'facts'].map((name) => tidy(form.elements.namedItem(name).value));
    const objection = await entry(n);
    if (objection.k !== 'objection' || objection.c !== await commitment(typed)) return 'other';
    if (!place.hasAttribute('data-answer')) return 'opens';
    const answer = await entry(Number(place.getAttribute('data-answer')));
    const c = answer.k === 'answer' && answer.c[answer.of.indexOf(n)];
    return c === await commitment([place.getAttribute('data-reply')]) ? 'opens-both' : 'other-reply';
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    say('');
    check().then(say, () => { say('no-answer'); });
  });
})();
