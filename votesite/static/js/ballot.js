// The ballot: counts picks by drawing 正, explains limits, keeps picks over a login, asks once more.
(function () {
  'use strict';
  var form = document.querySelector('[data-ballot]');
  if (!form) return;
  var least = Number(form.dataset.least);
  var most = Number(form.dataset.most);
  var slug = form.dataset.campaign;
  var words = {};
  Object.keys(form.dataset).forEach(function (name) {
    if (/^word[A-Z]/.test(name)) words[name.charAt(4).toLowerCase() + name.slice(5)] = form.dataset[name];
  });
  var key = 'picks:' + slug;
  var boxes = Array.prototype.slice.call(form.querySelectorAll('input[name="candidate"]'));
  var sheet = document.getElementById('confirm');
  var opener = null;

  function picked() { return boxes.filter(function (box) { return box.checked; }); }

  function say(text, values) {
    return Object.keys(values || {}).reduce(function (said, name) {
      return said.replace('{' + name + '}', values[name]);
    }, text || '');
  }

  function keep() {
    try {
      sessionStorage.setItem(key, JSON.stringify(picked().map(function (box) { return box.value; })));
    } catch (e) { /* no storage: picks live as long as the page */ }
  }

  function restore() {
    var kept = [];
    try { kept = JSON.parse(sessionStorage.getItem(key)) || []; } catch (e) { kept = []; }
    boxes.forEach(function (box) {
      if (kept.indexOf(box.value) >= 0 && !box.disabled && !faultOf(box)) box.checked = true;
    });
  }

  function groupOf(box) { return box.closest('[data-group]'); }

  function countIn(group) {
    return Array.prototype.filter.call(group.querySelectorAll('input[name="candidate"]'), function (box) {
      return box.checked;
    }).length;
  }

  // Why one more pick does not fit, or '' when it does.
  function faultOf(box) {
    var others = picked().filter(function (other) { return other !== box; }).length;
    if (others >= most) return say(words.full, { most: most });
    var group = groupOf(box);
    var limit = group ? Number(group.dataset.most) : 0;
    var inside = group ? countIn(group) - (box.checked ? 1 : 0) : 0;
    return limit && inside >= limit ? say(words.groupFull, { name: group.dataset.name, most: limit }) : '';
  }

  // What is still missing before the ballot can be cast, or ''.
  function missing() {
    var count = picked().length;
    if (count < least) return say(words.less, { n: least - count });
    var short = Array.prototype.find.call(form.querySelectorAll('[data-group]'), function (group) {
      return countIn(group) < Number(group.dataset.least || 0);
    });
    return short ? say(words.groupLess, { name: short.dataset.name, n: short.dataset.least - countIn(short) }) : '';
  }

  function show(fault) {
    var count = picked().length;
    var state = form.querySelector('[data-state]');
    if (!state) return;
    state.textContent = say(words.picked, { n: count, most: most });
    var more = form.querySelector('[data-more]');
    var lacks = missing();
    more.textContent = fault || (count >= most ? words.ready : lacks || say(words.more, { n: most - count }));
    more.classList.toggle('ballot-bar-says', Boolean(fault));
    var check = form.querySelector('[data-check]');
    if (check) check.textContent = lacks && count < least ? lacks : words.check;
    form.querySelectorAll('.ballot-bar .mark rect').forEach(function (stroke, i) {
      stroke.classList.toggle('todo', i >= count);
    });
    form.querySelectorAll('[data-group]').forEach(function (group) {
      group.querySelector('[data-picked-in]').textContent = countIn(group);
    });
  }

  form.addEventListener('change', function (event) {
    var box = event.target;
    if (box.name !== 'candidate') return;
    var fault = box.checked ? faultOf(box) : '';
    if (fault) box.checked = false;
    keep();
    show(fault);
  });

  form.addEventListener('click', function (event) {
    var tap = event.target.closest('[data-tap]');
    if (!tap) return;
    event.preventDefault();
    opener = tap;
    review([{ no: tap.value, name: tap.dataset.name, category: tap.dataset.category }]);
    if (sheet.querySelector('input[name="consent"]')) return;
    close();
    cast(tap);
  });

  form.addEventListener('submit', function (event) {
    if (!sheet) return;
    event.preventDefault();
    var lacks = missing();
    if (lacks) {
      show(lacks);
      return;
    }
    opener = form.querySelector('[data-check]');
    review(picked().map(function (box) {
      return { no: box.value, name: box.dataset.name, category: box.dataset.category };
    }));
  });

  // The sheet
  var chosen = [];

  function review(picks) {
    chosen = picks;
    var list = sheet.querySelector('[data-picks]');
    list.textContent = '';
    picks.forEach(function (pick) {
      var row = list.appendChild(document.createElement('li'));
      part(row, 'span', 'picked-no num', pick.no.length < 2 ? '0' + pick.no : pick.no);
      part(row, 'span', 'picked-name', pick.name);
      part(row, 'small', '', pick.category);
    });
    sheet.querySelector('[data-count-words]').textContent = say(words.chosen, { n: picks.length });
    tell('');
    sheet.hidden = false;
    document.documentElement.classList.add('is-behind');
    sheet.querySelector('h2').focus();
  }

  function part(row, name, kind, text) {
    var made = row.appendChild(document.createElement(name));
    if (kind) made.className = kind;
    made.textContent = text;
  }

  function close() {
    sheet.hidden = true;
    document.documentElement.classList.remove('is-behind');
    if (opener) opener.focus();
  }

  function tell(text) {
    var place = sheet.querySelector('[data-fault]');
    place.hidden = !text;
    place.querySelector('[data-fault-words]').textContent = text;
    if (text) sheet.hidden = false;
  }

  if (sheet) {
    sheet.addEventListener('click', function (event) {
      if (event.target === sheet || event.target.closest('[data-close]')) close();
      if (event.target.closest('[data-cast]')) cast(event.target.closest('[data-cast]'));
    });
    document.addEventListener('keydown', function (event) {
      if (sheet.hidden) return;
      if (event.key === 'Escape') close();
      if (event.key === 'Tab') hold(event);
    });
  }

  function hold(event) {
    var stops = sheet.querySelectorAll('a[href], button, input');
    var first = stops[0];
    var last = stops[stops.length - 1];
    if (event.shiftKey && (document.activeElement === first || document.activeElement.tagName === 'H2')) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  }

  var sending = false;

  function sentBody() {
    var consent = sheet.querySelector('input[name="consent"]');
    var body = new URLSearchParams();
    chosen.forEach(function (pick) { body.append('candidate', pick.no); });
    body.append('ballot_token', form.elements.ballot_token.value);
    body.append('csrf_token', form.elements.csrf_token.value);
    if (consent && consent.checked) body.append('consent', '1');
    return body;
  }

  function cast(button) {
    var consent = sheet.querySelector('input[name="consent"]');
    if (consent && !consent.checked) {
      tell(words.consent);
      consent.focus();
      return;
    }
    if (sending) return;
    sending = true;
    button.setAttribute('aria-busy', 'true');
    fetch('/c/' + slug + '/ballot', {
      method: 'POST', body: sentBody(), credentials: 'same-origin', headers: { Accept: 'application/json' }
    }).then(function (answer) {
      return answer.json().then(function (told) { return { status: answer.status, told: told }; });
    }).then(done).catch(function () { tell(words.network); }).then(function () {
      sending = false;
      button.removeAttribute('aria-busy');
    });
  }

  function done(answer) {
    if (answer.status === 200 || answer.status === 201) {
      try { sessionStorage.removeItem(key); } catch (e) { /* no storage */ }
      location.replace(answer.told.receipt ? '/c/' + slug + '/receipts/' + answer.told.receipt : '/my/');
      return;
    }
    if (answer.told.check) {
      sendAsForm();
      return;
    }
    tell(answer.told.detail || words.network);
  }

  // The check has a page of its own: the same ballot once more, as a browser sends it.
  function sendAsForm() {
    var made = document.body.appendChild(document.createElement('form'));
    made.method = 'post';
    made.action = '/c/' + slug + '/ballot';
    made.hidden = true;
    sentBody().forEach(function (value, name) {
      var field = made.appendChild(document.createElement('input'));
      field.type = 'hidden';
      field.name = name;
      field.value = value;
    });
    made.submit();
  }

  // A page that comes back from memory holds a used token.
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) location.reload();
  });

  if (boxes.length && !picked().length) restore();
  keep();
  show('');
})();
