// A decision's form: shows only the fields that belong to what is chosen.
(function () {
  'use strict';
  document.querySelectorAll('form[data-decide]').forEach(function (form) {
    form.addEventListener('change', update);
    update();

    function update() {
      var chosen = form.querySelector('input[name=decision]:checked');
      form.querySelectorAll('[data-for]').forEach(function (part) {
        part.hidden = !chosen || part.getAttribute('data-for') !== chosen.value;
      });
    }
  });
})();
