// Shows the button of the system's own share sheet where there is one.
(function () {
  "use strict";
  var b = document.getElementById("web-share");
  if (!b || !navigator.share) return;
  b.hidden = false;
  b.addEventListener("click", function () {
    navigator.share({ title: b.dataset.title, url: b.dataset.url }).catch(function () {});
  });
})();
