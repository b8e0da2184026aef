// Checks a receipt in the visitor's own browser, against what the ledger publishes for everybody: the entry
// is of the receipt's kind, entry and path give the checkpoint's root, and the ledger's key has signed that.
(() => {
  'use strict';
  const place = document.querySelector('[data-verify]');
  if (!place) return;
  const ledger = place.getAttribute('data-verify');
  const again = document.querySelector('[data-verify-again]');
  const heading = document.querySelector('[data-differs]');

  function Differs() {}

  function say(outcome) {
    document.querySelectorAll('[data-outcome]').forEach((notice) => {
      notice.hidden = notice.getAttribute('data-outcome') !== outcome;
    });
    document.documentElement.toggleAttribute('data-receipt-differs', outcome === 'differs');
    if (outcome === 'differs' && heading) heading.textContent = heading.getAttribute('data-differs');
  }

  function must(holds) {
    if (!holds) throw new Differs();
  }

  function fromHex(hex) {
    must(/^([0-9a-f]{2})+$/.test(hex));
    return new Uint8Array(hex.match(/../g).map((pair) => parseInt(pair, 16)));
  }

  function fromBase64(text) {
    let raw;
    try { raw = atob(text); } catch (fault) { throw new Differs(); }
    return Uint8Array.from(raw, (char) => char.charCodeAt(0));
  }

  function same(one, other) {
    return one.length === other.length && one.every((byte, i) => byte === other[i]);
  }

  async function hashOf(prefix, left, right) {
    const joined = new Uint8Array(1 + left.length + right.length);
    joined[0] = prefix;
    joined.set(left, 1);
    joined.set(right, 1 + left.length);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
  }

  // RFC 9162, section 2.1.3.2
  async function rootOf(proof, leaf) {
    let at = proof.n;
    let last = proof.size - 1;
    let hash = leaf;
    for (let i = 0; i < proof.path.length; i += 1) {
      const step = fromHex(proof.path[i]);
      must(last !== 0);
      if (at % 2 === 1 || at === last) {
        hash = await hashOf(1, step, hash);
        while (at % 2 === 0 && at !== 0) {
          at = Math.floor(at / 2);
          last = Math.floor(last / 2);
        }
      } else {
        hash = await hashOf(1, hash, step);
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    must(last === 0);
    return hash;
  }

  // {name+id: [public key, size up to which it counts]}
  function keysIn(text) {
    const keys = {};
    text.split('\n').filter(Boolean).forEach((line) => {
      const parts = line.split(' ');
      const named = /^(.+\+[0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(parts[0]);
      if (named) keys[named[1]] = [fromBase64(named[2]).slice(1), parts[1] ? Number(parts[1]) : Infinity];
    });
    return keys;
  }

  // Whether a key of the ledger has signed the note; null where this browser has no Ed25519.
  async function isSigned(note, origin, size, keys) {
    const end = note.indexOf('\n\n') + 1;
    const text = new TextEncoder().encode(note.slice(0, end));
    let signed = false;
    const lines = note.slice(end + 1).split('\n').filter(Boolean);
    for (let i = 0; i < lines.length; i += 1) {
      const parts = lines[i].split(' ');
      const raw = fromBase64(parts[2]);
      const id = Array.from(raw.slice(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
      const known = keys[`${parts[1]}+${id}`];
      if (parts[1] === origin && known && size <= known[1]) {
        let key;
        try {
          key = await crypto.subtle.importKey('raw', known[0], { name: 'Ed25519' }, false, ['verify']);
        } catch (fault) {
          return null;
        }
        must(await crypto.subtle.verify({ name: 'Ed25519' }, key, raw.slice(4), text));
        signed = true;
      }
    }
    return signed;
  }

  async function get(address, headers) {
    const answer = await fetch(address, { headers: headers || {}, cache: 'no-store' });
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  }

  async function check() {
    const n = Number(place.getAttribute('data-n'));
    const answer = await (await get(location.pathname, { Accept: 'application/json' })).json();
    const proof = answer.receipt || answer;
    let body = await (await get(`${ledger}entries?from=${n}&to=${n + 1}`)).arrayBuffer();
    const keys = keysIn(await (await get(`${ledger}vkey`)).text());
    body = new Uint8Array(body).slice(0, -1);
    const lines = proof.checkpoint.split('\n');
    must(proof.n === n && lines[0] === place.getAttribute('data-origin') && Number(lines[1]) === proof.size);
    let entry;
    try { entry = JSON.parse(new TextDecoder().decode(body)); } catch (fault) { throw new Differs(); }
    must(entry.k === place.getAttribute('data-kind') && entry.n === n && entry.t === proof.t);
    const leaf = await hashOf(0, body, new Uint8Array(0));
    must(same(leaf, fromHex(proof.leaf)));
    must(same(await rootOf(proof, leaf), fromBase64(lines[2])));
    const signed = await isSigned(proof.checkpoint, lines[0], proof.size, keys);
    must(signed !== false);
    return signed ? 'agrees' : 'unsigned';
  }

  function run() {
    if (!window.crypto || !crypto.subtle || !window.fetch || !window.TextEncoder) {
      say('cannot');
      return;
    }
    check().then(say, (fault) => { say(fault instanceof Differs ? 'differs' : 'failed'); });
  }

  if (again) {
    again.addEventListener('click', (event) => {
      event.preventDefault();
      say('');
      run();
    });
  }
  run();
})();
