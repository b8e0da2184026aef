// A questionnaire: questions that are not called for step aside, and a line says how far one is.
(function () {
  'use strict';
  var form = document.querySelector('form[data-survey]');
  if (!form) return;
  var questions = Array.prototype.slice.call(form.querySelectorAll('[data-question]'));
  var byId = {};
  questions.forEach(function (question) { byId[question.getAttribute('data-question')] = question; });
  var progress = form.querySelector('[data-progress]');
  form.addEventListener('input', update);
  form.addEventListener('change', update);
  update();

  function update() {
    questions.forEach(function (question) {
      var after = question.getAttribute('data-after');
      if (!after) return;
      var before = byId[after];
      var when = JSON.parse(question.getAttribute('data-when'));
      var asked = !before.hidden && given(before).some(function (value) { return when.indexOf(value) >= 0; });
      question.hidden = !asked;
      inputs(question).forEach(function (input) { input.disabled = !asked; });
    });
    if (!progress) return;
    var asked = questions.filter(function (question) { return !question.hidden; });
    var answered = asked.filter(function (question) { return given(question).length > 0; });
    progress.hidden = false;
    progress.querySelector('progress').max = asked.length;
    progress.querySelector('progress').value = answered.length;
    var words = progress.getAttribute('data-words').replace('{n}', answered.length).replace('{of}', asked.length);
    var place = progress.querySelector('[role=status]');
    if (place.textContent !== words) place.textContent = words;
  }

  function inputs(question) {
    return Array.prototype.slice.call(question.querySelectorAll('input, textarea'));
  }

  function given(question) {
    return inputs(question).filter(function (input) {
      return input.type === 'radio' || input.type === 'checkbox' ? input.checked : input.value.trim();
    }).map(function (input) { return input.value; });
  }
})();
