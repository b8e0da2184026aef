// Checks a receipt's proof in the visitor's own browser: leaf and path must give the signed root.
(function () {
  'use strict';
  var place = document.querySelector('[data-verify]');
  if (!place || !window.crypto || !crypto.subtle || !window.fetch) return;

  function bytes(hex) {
    return new Uint8Array(hex.match(/../g).map(function (pair) { return parseInt(pair, 16); }));
  }

  function node(left, right) {
    var joined = new Uint8Array(65);
    joined[0] = 1;
    joined.set(left, 1);
    joined.set(right, 33);
    return crypto.subtle.digest('SHA-256', joined).then(function (hash) { return new Uint8Array(hash); });
  }

  // RFC 9162, section 2.1.3.2
  async function root(proof) {
    var at = proof.n;
    var last = proof.size - 1;
    var hash = bytes(proof.leaf);
    for (var i = 0; i < proof.path.length; i += 1) {
      var step = bytes(proof.path[i]);
      if (last === 0) return null;
      if (at % 2 === 1 || at === last) {
        hash = await node(step, hash);
        while (at % 2 === 0 && at !== 0) {
          at = Math.floor(at / 2);
          last = Math.floor(last / 2);
        }
      } else {
        hash = await node(hash, step);
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    return last === 0 ? hash : null;
  }

  fetch(location.pathname, { headers: { Accept: 'application/json' } })
    .then(function (answer) { return answer.json(); })
    .then(function (proof) {
      return root(proof).then(function (found) {
        var lines = proof.checkpoint.split('\n');
        var agrees = found && btoa(String.fromCharCode.apply(null, found)) === lines[2] && Number(lines[1]) === proof.size;
        place.textContent = place.getAttribute(agrees ? 'data-agrees' : 'data-differs');
        place.hidden = false;
      });
    })
    .catch(function () { /* the server's own word stays */ });
})();
