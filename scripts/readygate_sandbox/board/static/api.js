// Speaks to the sandbox. Answers that have not changed cost one short line (304).

/** What the tracker refused, in its words. */
export class Refused extends Error {
  constructor(messages, fields) {
    super([...messages, ...Object.values(fields)].join(" "));
    this.fields = fields;
  }
}

const seen = new Map();

/** The answer, or null when it is the same as last time. `fresh` asks for it anyway. */
export async function look(name, path, fresh = false) {
  const last = seen.get(name);
  const headers = {};
  if (!fresh && last?.path === path) headers["If-None-Match"] = last.tag;
  const answer = await fetch(path, { headers, cache: "no-store" });
  if (answer.status === 304) return null;
  const told = await answer.json();
  if (!answer.ok) {
    seen.delete(name);
    throw new Refused(told.messages ?? [told.error ?? `${answer.status}`], told.fields ?? {});
  }
  seen.set(name, { path, tag: answer.headers.get("ETag") });
  return told;
}

/** Let a person do something. Raises Refused with the tracker's words. */
export async function act(told) {
  const answer = await fetch("/board/api/act", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(told),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refused(said.messages ?? [said.error ?? ""], said.fields ?? {});
  return said;
}
