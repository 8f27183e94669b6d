// Puts a frame with the live state of a certificate into every
//   <div data-bonafide-id="7K3M-9QXA-4TZ8-H"></div>
// and into the form other sites already carry: <div data-share-badge-id="…">.
// It makes frames to the host it came from, whatever the page says, and nothing else.
(function () {
  "use strict";
  var me = document.currentScript;
  if (!me) return;
  var home = new URL(me.src).origin;
  var size = function (el, names, fallback) {
    for (var i = 0; i < names.length; i++) {
      var v = el.getAttribute(names[i]);
      if (/^[1-9][0-9]{0,3}$/.test(v || "")) return v;
    }
    return fallback;
  };
  var show = function () {
    document.querySelectorAll("[data-bonafide-id],[data-share-badge-id]").forEach(function (el) {
      if (el.hasAttribute("data-bonafide-shown")) return;
      var id = (el.getAttribute("data-bonafide-id") || el.getAttribute("data-share-badge-id") || "").trim();
      if (!/^[0-9A-Za-z -]{8,40}$/.test(id)) return;
      el.setAttribute("data-bonafide-shown", "");
      var f = document.createElement("iframe");
      f.src = home + "/embed/" + encodeURIComponent(id);
      f.title = "Certificate " + id;
      f.width = size(el, ["data-width", "data-iframe-width"], "480");
      f.height = size(el, ["data-height", "data-iframe-height"], "320");
      f.style.border = "0";
      f.style.maxWidth = "100%";
      f.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
      f.setAttribute("referrerpolicy", "no-referrer");
      el.appendChild(f);
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
  else show();
})();
