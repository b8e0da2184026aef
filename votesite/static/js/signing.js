// Signing keys of staff: made in this browser, which never gives the private half away, kept in IndexedDB.
// It registers its public half at the desk, and signs the exact words of a decision.
(() => {
  'use strict';
  const KIND = { name: 'ECDSA', namedCurve: 'P-256' };
  const WAITS_FOR = 600000; // ms in which a page looks whether the second person has signed
  document.querySelectorAll('[data-signing]').forEach((place) => {
    const staff = Number(place.getAttribute('data-staff'));
    const act = place.getAttribute('data-signing') === 'register' ? registering : signing;
    const why = hindrance();
    if (why) show(place, why);
    else keysOf(staff).then((keys) => act(place, staff, keys), () => { show(place, 'closed'); });
  });
  document.querySelectorAll('[data-waits]').forEach(wait);

  function hindrance() {
    if (window.isSecureContext === false) return 'insecure';
    return window.crypto && crypto.subtle && window.indexedDB && window.TextEncoder && window.fetch ? '' : 'old';
  }

  function show(place, state) {
    place.querySelectorAll('[data-signing-state]').forEach((part) => {
      part.hidden = part.getAttribute('data-signing-state') !== state;
    });
  }

  // One transaction on the keys of this site's staff in this browser.
  function store(mode, act) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open('votesite-keys', 1);
      opening.onupgradeneeded = () => { opening.result.createObjectStore('keys', { keyPath: 'public' }); };
      opening.onerror = () => { reject(opening.error); };
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction('keys', mode);
        const asked = act(transaction.objectStore('keys'));
        transaction.oncomplete = () => {
          database.close();
          resolve(asked.result);
        };
        transaction.onabort = () => {
          database.close();
          reject(transaction.error);
        };
      };
    });
  }

  function keysOf(staff) {
    return store('readonly', (keys) => keys.getAll()).then((all) => all.filter((key) => key.staff === staff));
  }

  function base64(buffer) {
    return btoa(String.fromCharCode(...new Uint8Array(buffer)));
  }

  async function make(staff) {
    const pair = await crypto.subtle.generateKey(KIND, false, ['sign', 'verify']);
    const raw = base64(await crypto.subtle.exportKey('raw', pair.publicKey));
    const key = { public: raw, staff, private: pair.privateKey };
    await store('readwrite', (keys) => keys.put(key));
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    return key;
  }

  async function signed(key, text) {
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    return base64(await crypto.subtle.sign(how, key.private, new TextEncoder().encode(text)));
  }

  // Runs before the form is sent, once; what it fills in goes with it.
  function before(form, place, fill) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const button = form.querySelector('button:not([type=button])');
      if (button.disabled) return;
      button.disabled = true;
      fill(form.elements).then(() => { form.submit(); }, () => {
        button.disabled = false;
        show(place, 'failed');
      });
    });
    window.addEventListener('pageshow', () => { form.querySelector('button').disabled = false; });
  }

  function registering(place, staff, keys) {
    const rows = {};
    place.querySelectorAll('[data-public]').forEach((row) => { rows[row.getAttribute('data-public')] = row; });
    const held = keys.filter((key) => rows[key.public]);
    const lost = keys.filter((key) => !rows[key.public]);
    lost.forEach((key) => { store('readwrite', (all) => all.delete(key.public)); });
    held.forEach((key) => { rows[key.public].querySelector('[data-here]').hidden = false; });
    show(place, held.length ? 'held' : 'free');
    const form = place.querySelector('form[data-signing-state=free]');
    const label = form.elements.namedItem('label');
    if (!label.value) label.value = place.getAttribute(`data-${device()}`);
    before(form, place, async (fields) => {
      const key = await make(staff);
      const words = ['votesite-key/v1', place.getAttribute('data-host'), staff, key.public];
      fields.namedItem('proof').value = await signed(key, words.join('\n'));
      fields.namedItem('key').value = key.public;
    });
  }

  function device() {
    if (!/Mobile|Android|iPhone/.test(navigator.userAgent)) return 'computer';
    return /MicroMessenger/i.test(navigator.userAgent) ? 'wechat' : 'phone';
  }

  function signing(place, staff, keys) {
    const labels = JSON.parse(place.getAttribute('data-accepted'));
    const key = keys.find((one) => labels[one.public] !== undefined);
    show(place, key ? 'ready' : 'none');
    if (!key) return;
    place.querySelectorAll('[data-browser]').forEach((name) => { name.textContent = labels[key.public]; });
    const words = document.getElementById(place.getAttribute('data-words')).textContent;
    before(place.querySelector('form'), place, async (fields) => {
      fields.namedItem('signature').value = await signed(key, words);
    });
  }

  // Shows by itself what has become of a proposal, once the second person has decided.
  function wait(place) {
    const begun = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - begun > WAITS_FOR) clearInterval(timer);
      if (document.hidden) return;
      fetch(location.pathname, { headers: { Accept: 'application/json' }, cache: 'no-store' })
        .then((answer) => (answer.ok ? answer.json() : {}))
        .then((told) => {
          if (told.state && told.state !== place.getAttribute('data-waits')) location.reload();
        })
        .catch(() => { /* the next look may succeed */ });
    }, 2000);
  }
})();
