// Sends the list of the form and shows the answers as they come. Without this
// script the form does the same with one page at the end.
(() => {
  const form = document.getElementById("list-form");
  if (!form || !window.fetch || !window.ReadableStream) return;
  const $ = (id) => document.getElementById(id);
  const most = 2000; // rows kept in the page
  const cell = (row, text, kind) => {
    const c = document.createElement(kind || "td");
    c.dir = "auto";
    c.textContent = text;
    row.append(c);
    return c;
  };
  const more = (to, text) => {
    if (!text) return;
    const s = document.createElement("span");
    s.className = "muted";
    s.textContent = text;
    to.append(document.createElement("br"), s);
  };
  const shown = (row) => { row.hidden = $("live-show").value === "attention" && row.dataset.attention !== "true"; };
  $("live-show").addEventListener("change", () => $("live-rows").querySelectorAll("tr").forEach(shown));

  const add = (r) => {
    const row = document.createElement("tr");
    row.dataset.verdict = r.verdict;
    row.dataset.attention = r.attention;
    cell(row, r.line, "th").scope = "row";
    const given = cell(row, r.page ? "" : r.given);
    if (r.page) {
      const a = document.createElement("a");
      a.href = r.page;
      a.textContent = r.given;
      given.append(a);
    }
    more(given, r.name);
    more(given, r.match && "this person: " + r.match);
    const answer = cell(row, "");
    const word = document.createElement("span");
    word.className = "outcome " + r.tone;
    word.textContent = r.word;
    answer.append(word);
    const why = cell(row, r.summary);
    (r.flags || []).forEach((f) => more(why, f));
    const policy = cell(row, r.policy || "");
    (r.reasons || []).forEach((x) => more(policy, x));
    shown(row);
    return row;
  };

  const run = async (data) => {
    const says = $("live-says"), bar = $("live-bar"), rows = $("live-rows"), tally = $("live-counts");
    $("live").hidden = false;
    rows.textContent = tally.textContent = "";
    says.textContent = "Sending the list.";
    bar.removeAttribute("value");
    const counts = new Map();
    let total = 0, done = 0, rest = "";
    const response = await fetch("/check", { method: "POST", body: data, headers: { Accept: "application/x-ndjson" } });
    if (response.status === 409) return false; // which column is which is asked on a page
    if (!response.ok) {
      const told = await response.json().catch(() => ({}));
      says.textContent = told.fault || told.detail || "The list could not be checked. Nothing was decided about any certificate.";
      bar.hidden = true;
      return true;
    }
    bar.hidden = false;
    const take = (line, into) => {
      const r = JSON.parse(line);
      if (r.total !== undefined) { total = r.total; bar.max = Math.max(total, 1); return; }
      done++;
      counts.set(r.word, (counts.get(r.word) || 0) + 1);
      if (rows.childElementCount + into.childElementCount < most) into.append(add(r));
    };
    const reader = response.body.getReader(), text = new TextDecoder();
    for (;;) {
      const part = await reader.read();
      const lines = (rest + text.decode(part.value || new Uint8Array(), { stream: !part.done })).split("\n");
      rest = lines.pop();
      const into = document.createDocumentFragment();
      lines.filter(Boolean).forEach((l) => take(l, into));
      rows.append(into);
      bar.value = done;
      says.textContent = done + " of " + total + " lines checked.";
      tally.textContent = "";
      counts.forEach((n, word) => { const li = document.createElement("li"); li.textContent = n + " " + word; tally.append(li); });
      if (part.done) break;
    }
    if (done < total) says.textContent = "Broken off after " + done + " of " + total + " lines. Check the list again.";
    else if (total > most) says.textContent += " The first " + most + " are shown; the exports have them all.";
    $("live").dataset.done = done === total;
    return true;
  };

  form.addEventListener("submit", (e) => {
    if ($("as").value !== "page") return;
    e.preventDefault();
    const file = $("list").files[0];
    if (file && file.size > Number(form.dataset.most)) {
      $("live").hidden = false;
      $("live-bar").hidden = true;
      $("live-says").textContent = "This file has " + Math.ceil(file.size / 1048576) + " MiB; a list may have " + Number(form.dataset.most) / 1048576 + " MiB. Leave out columns that are not needed, or cut it in parts.";
      return;
    }
    const data = new FormData(form);
    data.set("as", "rows");
    run(data).then((ok) => { if (!ok) form.submit(); }, () => { $("live-says").textContent = "The connection was lost. Check the list again."; });
  });
})();
