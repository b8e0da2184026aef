// The ballot: counts picks by drawing 正, explains limits, keeps picks over a login, asks once more.
(() => {
  'use strict';
  const form = document.querySelector('[data-ballot]');
  if (!form) {
    askFromShutPage(document.querySelector('[data-shut-ballot]'));
    return;
  }
  const least = Number(form.dataset.least);
  const most = Number(form.dataset.most);
  const slug = form.dataset.campaign;
  const words = {};
  Object.keys(form.dataset).forEach((name) => {
    if (/^word[A-Z]/.test(name)) words[name.charAt(4).toLowerCase() + name.slice(5)] = form.dataset[name];
  });
  const key = `picks:${slug}`;
  const boxes = [...form.querySelectorAll('input[name="candidate"]')];
  const sheet = document.getElementById('confirm');
  let opener = null;
  let chosen = [];
  let sending = false;
  let leaving = '';
  let pending = readPending(slug, form.elements.csrf_token.value);
  let lost = Boolean(pending);

  function picked() { return boxes.filter((box) => box.checked); }

  function say(text, values) {
    return Object.keys(values || {}).reduce((said, name) => said.replace(`{${name}}`, values[name]), text || '');
  }

  function keep() {
    try {
      sessionStorage.setItem(key, JSON.stringify(picked().map((box) => box.value)));
    } catch (e) { /* no storage: picks live as long as the page */ }
  }

  // In the order in which they were picked; returns why the last of them does not fit, or ''.
  function restore() {
    let kept;
    try { kept = JSON.parse(sessionStorage.getItem(key)) || []; } catch (e) { kept = []; }
    let fault = '';
    kept.forEach((no) => {
      const box = boxes.find((one) => one.value === no && !one.checked);
      if (!box || box.disabled) return;
      fault = faultOf(box);
      box.checked = !fault;
    });
    return fault;
  }

  function groupOf(box) { return box.closest('[data-group]'); }

  function countIn(group) {
    return [...group.querySelectorAll('input[name="candidate"]')].filter((box) => box.checked).length;
  }

  // Why one more pick does not fit, or '' when it does.
  function faultOf(box) {
    const others = picked().filter((other) => other !== box).length;
    if (others >= most) return say(words.full, { most });
    const group = groupOf(box);
    const limit = group ? Number(group.dataset.most) : 0;
    const inside = group ? countIn(group) - (box.checked ? 1 : 0) : 0;
    return limit && inside >= limit ? say(words.groupFull, { name: group.dataset.name, most: limit }) : '';
  }

  // What is still missing before the ballot can be cast, or ''.
  function missing() {
    const count = picked().length;
    if (count < least) return say(words.less, { n: least - count });
    const short = [...form.querySelectorAll('[data-group]')]
      .find((group) => countIn(group) < Number(group.dataset.least || 0));
    return short ? say(words.groupLess, { name: short.dataset.name, n: short.dataset.least - countIn(short) }) : '';
  }

  function show(fault) {
    const count = picked().length;
    const state = form.querySelector('[data-state]');
    if (!state) return;
    state.textContent = say(words.picked, { n: count, most });
    const more = form.querySelector('[data-more]');
    const lacks = missing();
    more.textContent = fault || (count >= most ? words.ready : lacks || say(words.more, { n: most - count }));
    more.classList.toggle('ballot-bar-says', Boolean(fault));
    const check = form.querySelector('[data-check]');
    if (check) check.textContent = lacks && count < least ? lacks : words.check;
    form.querySelectorAll('.ballot-bar .mark rect').forEach((stroke, i) => {
      stroke.classList.toggle('todo', i >= count);
    });
    form.querySelectorAll('[data-group]').forEach((group) => {
      group.querySelector('[data-picked-in]').textContent = countIn(group);
    });
  }

  form.addEventListener('change', (event) => {
    const box = event.target;
    if (box.name !== 'candidate') return;
    const fault = box.checked ? faultOf(box) : '';
    if (fault) box.checked = false;
    keep();
    show(fault);
  });

  form.addEventListener('click', (event) => {
    const tap = event.target.closest('[data-tap]');
    if (!tap) return;
    event.preventDefault();
    opener = tap;
    if (pending) {
      askAgain();
      return;
    }
    const only = [{ no: tap.value, name: tap.dataset.name, category: tap.dataset.category }];
    if (sheet.querySelector('input[name="consent"]')) {
      review(only);
      return;
    }
    chosen = only;
    cast(tap);
  });

  form.addEventListener('submit', (event) => {
    if (!sheet) return;
    event.preventDefault();
    if (pending) {
      opener = form.querySelector('[data-check]');
      askAgain();
      return;
    }
    const lacks = missing();
    if (lacks) {
      show(lacks);
      return;
    }
    opener = form.querySelector('[data-check]');
    review(picked().map((box) => ({ no: box.value, name: box.dataset.name, category: box.dataset.category })));
  });

  // The sheet
  function review(picks) {
    chosen = picks;
    const list = sheet.querySelector('[data-picks]');
    list.textContent = '';
    picks.forEach((pick) => {
      const row = list.appendChild(document.createElement('li'));
      part(row, 'span', 'picked-no num', pick.no.length < 2 ? `0${pick.no}` : pick.no);
      part(row, 'span', 'picked-name', pick.name);
      part(row, 'small', '', pick.category);
    });
    sheet.querySelector('[data-count-words]').textContent = say(words.chosen, { n: picks.length });
    tell('');
    offer(true);
    if (!pending && !isSheetEntry()) history.pushState({ sheet: true }, '');
    sheet.hidden = false;
    document.documentElement.classList.add('is-behind');
    sheet.querySelector('h2').focus();
  }

  function part(row, name, kind, text) {
    const made = row.appendChild(document.createElement(name));
    if (kind) made.className = kind;
    made.textContent = text;
  }

  function isSheetEntry() { return Boolean(history.state && history.state.sheet); }

  // Through the history, so that Back closes the sheet and no entry of it is left over.
  function close() {
    if (isSheetEntry()) history.back();
    else hide();
  }

  // Back from the receipt leads to the campaign: the ballot's own entry becomes the campaign's.
  function leaveFor(address) {
    leaving = address;
    if (isSheetEntry()) history.back();
    else leave();
  }

  function leave() {
    history.replaceState(null, '', `/c/${slug}/`);
    location.assign(leaving);
  }

  window.addEventListener('popstate', () => {
    if (leaving) leave();
    else if (sheet && !sheet.hidden) hide();
  });

  function hide() {
    sheet.hidden = true;
    document.documentElement.classList.remove('is-behind');
    if (opener) opener.focus();
  }

  function tell(text) {
    const place = sheet.querySelector('[data-fault]');
    place.hidden = !text;
    place.querySelector('[data-fault-words]').textContent = text;
    if (text) sheet.hidden = false;
  }

  // Once the vote is over, the sheet leads to the results: casting again cannot help.
  function offer(open) {
    sheet.querySelector('[data-cast]').hidden = !open;
    sheet.querySelector('[data-over]').hidden = open;
  }

  if (sheet) {
    sheet.addEventListener('click', (event) => {
      if (!pending && (event.target === sheet || event.target.closest('[data-close]'))) close();
      if (event.target.closest('[data-cast]')) cast(event.target.closest('[data-cast]'));
    });
    document.addEventListener('keydown', (event) => {
      if (sheet.hidden) return;
      if (event.key === 'Escape' && !pending) close();
      if (event.key === 'Tab') hold(event);
    });
  }

  function hold(event) {
    const stops = [...sheet.querySelectorAll('a[href], button, input')].filter((stop) => stop.offsetParent);
    const first = stops[0];
    const last = stops[stops.length - 1];
    if (event.shiftKey && (document.activeElement === first || document.activeElement.tagName === 'H2')) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && document.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  }

  function cast(button) {
    const consent = sheet.querySelector('input[name="consent"]');
    if (!pending && consent && !consent.checked) {
      tell(words.consent);
      consent.focus();
      return;
    }
    if (sending) return;
    sending = true;
    const again = Boolean(pending);
    if (!pending) {
      lost = false;
      pending = {
        token: form.elements.ballot_token.value,
        session: sessionOf(form.elements.csrf_token.value),
        picks: chosen,
        consent: Boolean(consent && consent.checked)
      };
      writePending(slug, pending);
    }
    button.setAttribute('aria-busy', 'true');
    post(slug, pending, form.elements.csrf_token.value).then(done).catch(() => {
      askAgain();
      if (again) tell(say(words.networkAgain, { when: new Date().toTimeString().slice(0, 8) }));
    }).then(() => {
      sending = false;
      button.removeAttribute('aria-busy');
    });
  }

  // No answer: the ballot may be recorded, so only the very same one can be sent from here.
  function askAgain() {
    lost = true;
    review(pending.picks);
    sheet.querySelector('[data-close]').hidden = true;
    sheet.querySelector('[data-cast]').textContent = words.again;
    const consent = sheet.querySelector('input[name="consent"]');
    if (consent) consent.closest('.field').hidden = true;
    tell(words.network);
  }

  function forget() {
    pending = null;
    writePending(slug, null);
    sheet.querySelector('[data-close]').hidden = false;
    sheet.querySelector('[data-cast]').textContent = words.cast;
    const consent = sheet.querySelector('input[name="consent"]');
    if (consent) consent.closest('.field').hidden = false;
  }

  function done(answer) {
    if (answer.status === 200 || answer.status === 201) {
      try { sessionStorage.removeItem(key); } catch (e) { /* no storage */ }
      writePending(slug, null);
      leaveFor(receiptOf(slug, answer.told));
      return undefined;
    }
    if (answer.told.check) {
      sendAsForm();
      return undefined;
    }
    if (lost && !isDecided(answer)) {
      askAgain();
      tell(answer.told.detail || words.network);
      return undefined;
    }
    forget();
    tell(answer.told.detail);
    offer(!/\/closed$/.test(answer.told.type || ''));
    return fetchMe(slug).then((me) => {
      form.elements.ballot_token.value = me.ballot_token;
      form.elements.csrf_token.value = me.csrf_token;
    }).catch(() => { /* the old token was refused, so it is still good for another ballot */ });
  }

  // The check has a page of its own: the same ballot once more, as a browser sends it.
  function sendAsForm() {
    const made = document.body.appendChild(document.createElement('form'));
    made.method = 'post';
    made.action = `/c/${slug}/ballot`;
    made.hidden = true;
    const body = bodyOf(pending, form.elements.csrf_token.value);
    forget();
    body.forEach((value, name) => {
      const field = made.appendChild(document.createElement('input'));
      field.type = 'hidden';
      field.name = name;
      field.value = value;
    });
    made.submit();
  }

  // A page that comes back from memory holds a used token.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });

  const unfit = picked().length ? '' : restore();
  keep();
  show(unfit);
  if (pending && sheet) askAgain();

  // What follows is about a ballot whose answer is not there yet: {token, session, picks, consent}.

  // The lasting part of a csrf token: another voter's session has another one.
  function sessionOf(csrf) { return csrf.split('.').slice(0, -2).join('.'); }

  function readPending(campaign, csrf) {
    let kept;
    try { kept = JSON.parse(sessionStorage.getItem(`pending:${campaign}`)); } catch (e) { kept = null; }
    if (!kept || kept.session === sessionOf(csrf)) return kept;
    writePending(campaign, null);
    return null;
  }

  function writePending(campaign, ballot) {
    try {
      if (ballot) sessionStorage.setItem(`pending:${campaign}`, JSON.stringify(ballot));
      else sessionStorage.removeItem(`pending:${campaign}`);
    } catch (e) { /* no storage: it is kept as long as the page */ }
  }

  function bodyOf(ballot, csrf) {
    const body = new URLSearchParams();
    ballot.picks.forEach((pick) => { body.append('candidate', pick.no); });
    body.append('ballot_token', ballot.token);
    body.append('csrf_token', csrf);
    if (ballot.consent) body.append('consent', '1');
    return body;
  }

  function post(campaign, ballot, csrf) {
    return fetch(`/c/${campaign}/ballot`, {
      method: 'POST',
      body: bodyOf(ballot, csrf),
      credentials: 'same-origin',
      headers: { Accept: 'application/json' }
    }).then((answer) => answer.json().then((told) => ({ status: answer.status, told })));
  }

  function fetchMe(campaign) {
    return fetch(`/c/${campaign}/me`, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
      .then((answer) => answer.json());
  }

  function receiptOf(campaign, told) {
    return told.receipt ? `/c/${campaign}/receipts/${told.receipt}` : '/my/';
  }

  // Whether a refusal says that this token has cast nothing: others come before it is looked up.
  function isDecided(answer) {
    return [409, 422].includes(answer.status) ||
      /\/(not-eligible|consent-required)$/.test(answer.told.type || '');
  }

  // Nobody can vote on this page, so asking can only find what has been recorded.
  function askFromShutPage(place) {
    if (!place) return;
    const campaign = place.getAttribute('data-shut-ballot');
    fetchMe(campaign).then((me) => {
      const ballot = readPending(campaign, me.csrf_token);
      if (!ballot) return undefined;
      return post(campaign, ballot, me.csrf_token).then((answer) => {
        if (answer.status === 200 || answer.status === 201) {
          writePending(campaign, null);
          location.replace(receiptOf(campaign, answer.told));
        } else if (isDecided(answer)) writePending(campaign, null);
      });
    }).catch(() => { /* asked again at the next visit */ });
  }
})();
