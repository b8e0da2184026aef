// Checks a receipt in the visitor's own browser, against what the ledger publishes for everybody: the entry
// is this receipt's vote, entry and path give the checkpoint's root, and the ledger's key has signed that.
(function () {
  'use strict';
  var place = document.querySelector('[data-verify]');
  if (!place) return;
  var ledger = place.getAttribute('data-verify');
  var again = document.querySelector('[data-verify-again]');
  var heading = document.querySelector('[data-differs]');

  function Differs() {}

  function say(outcome) {
    document.querySelectorAll('[data-outcome]').forEach(function (notice) {
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
    return new Uint8Array(hex.match(/../g).map(function (pair) { return parseInt(pair, 16); }));
  }

  function fromBase64(text) {
    var raw;
    try { raw = atob(text); } catch (fault) { throw new Differs(); }
    return Uint8Array.from(raw, function (char) { return char.charCodeAt(0); });
  }

  function same(one, other) {
    return one.length === other.length && one.every(function (byte, i) { return byte === other[i]; });
  }

  async function hashOf(prefix, left, right) {
    var joined = new Uint8Array(1 + left.length + right.length);
    joined[0] = prefix;
    joined.set(left, 1);
    joined.set(right, 1 + left.length);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', joined));
  }

  // RFC 9162, section 2.1.3.2
  async function rootOf(proof, leaf) {
    var at = proof.n;
    var last = proof.size - 1;
    var hash = leaf;
    for (var i = 0; i < proof.path.length; i += 1) {
      var step = fromHex(proof.path[i]);
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
    var keys = {};
    text.split('\n').filter(Boolean).forEach(function (line) {
      var parts = line.split(' ');
      var named = /^(.+\+[0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(parts[0]);
      if (named) keys[named[1]] = [fromBase64(named[2]).slice(1), parts[1] ? Number(parts[1]) : Infinity];
    });
    return keys;
  }

  // Whether a key of the ledger has signed the note; null where this browser has no Ed25519.
  async function isSigned(note, origin, size, keys) {
    var end = note.indexOf('\n\n') + 1;
    var text = new TextEncoder().encode(note.slice(0, end));
    var signed = false;
    var lines = note.slice(end + 1).split('\n').filter(Boolean);
    for (var i = 0; i < lines.length; i += 1) {
      var parts = lines[i].split(' ');
      var raw = fromBase64(parts[2]);
      var id = Array.from(raw.slice(0, 4), function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
      var known = keys[parts[1] + '+' + id];
      if (parts[1] === origin && known && size <= known[1]) {
        var key;
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
    var answer = await fetch(address, { headers: headers || {}, cache: 'no-store' });
    if (!answer.ok) throw new Error(answer.status);
    return answer;
  }

  async function check() {
    var n = Number(place.getAttribute('data-n'));
    var proof = await (await get(location.pathname, { Accept: 'application/json' })).json();
    var body = await (await get(ledger + 'entries?from=' + n + '&to=' + (n + 1))).arrayBuffer();
    var keys = keysIn(await (await get(ledger + 'vkey')).text());
    body = new Uint8Array(body).slice(0, -1);
    var lines = proof.checkpoint.split('\n');
    must(proof.n === n && lines[0] === place.getAttribute('data-origin') && Number(lines[1]) === proof.size);
    var entry;
    try { entry = JSON.parse(new TextDecoder().decode(body)); } catch (fault) { throw new Differs(); }
    must(entry.k === 'vote' && entry.n === n && entry.t === proof.t);
    var leaf = await hashOf(0, body, new Uint8Array(0));
    must(same(leaf, fromHex(proof.leaf)));
    must(same(await rootOf(proof, leaf), fromBase64(lines[2])));
    var signed = await isSigned(proof.checkpoint, lines[0], proof.size, keys);
    must(signed !== false);
    return signed ? 'agrees' : 'unsigned';
  }

  function run() {
    if (!window.crypto || !crypto.subtle || !window.fetch || !window.TextEncoder) {
      say('cannot');
      return;
    }
    check().then(say, function (fault) { say(fault instanceof Differs ? 'differs' : 'failed'); });
  }

  if (again) {
    again.addEventListener('click', function (event) {
      event.preventDefault();
      say('');
      run();
    });
  }
  run();
})();
