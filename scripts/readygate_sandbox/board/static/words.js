// The page's own words in English and Russian; what the tracker holds is shown as it is.

const RU = {
  "I am": "Я",
  "New deal": "Новая сделка",
  "Find a deal": "Найти сделку",
  Pipeline: "Воронка",
  Live: "На связи",
  "No connection": "Нет связи",
  "Trying again…": "Пробуем снова…",
  "Show {n} more of {left}": "Ещё {n} из {left}",
  "No deals here": "Здесь пусто",
  "Nothing found": "Ничего не нашлось",
  "{n} deals": "сделок: {n}",
  "Move {label}": "Перевести {label}",
  "Move to": "Перевести в",
  "not offered to you from here": "отсюда вам не предлагается",
  "{label} cannot be moved from here": "{label} отсюда никуда не перевести",
  "back from {stage}": "назад из «{stage}»",
  Checklist: "Чек-лист",
  "Checklist of {label}: {done} of {all}": "Чек-лист {label}: {done} из {all}",
  "What this is": "Что это",
  "No checklist yet": "Чек-листа пока нет",
  "All handed over": "Всё передано",
  "owed by {name}": "должен передать: {name}",
  nobody: "никто",
  "due {day}": "срок: {day}",
  "Tick {title}": "Отметить: {title}",
  "Un-tick {title}": "Снять отметку: {title}",
  "Re-open {title}": "Открыть снова: {title}",
  "More for {title}": "Ещё: {title}",
  "Close as “{stage}”…": "Закрыть как «{stage}»…",
  "Re-open": "Открыть снова",
  "{n} comments": "комментариев: {n}",
  Activity: "Что происходило",
  "Write a comment": "Написать комментарий",
  "Comment as {name}": "Комментарий от: {name}",
  Send: "Отправить",
  "Ctrl + Enter sends": "Ctrl + Enter: отправить",
  edited: "изменено",
  "{earlier} earlier comments are not shown": "ещё {earlier} комментариев не показано",
  "moved {from} → {to}": "перевод: {from} → {to}",
  "created the deal": "сделка создана",
  "Close {label}": "Закрыть {label}",
  Close: "Закрыть",
  Dismiss: "Скрыть",
  Cancel: "Отмена",
  Create: "Создать",
  Title: "Название",
  "not set": "не задано",
  "What is the deal about?": "О чём сделка?",
  "Let “{title}” go": "Отказаться: «{title}»",
  "Why is it not needed?": "Почему это не нужно?",
  "{label} is in {stage} now": "{label} теперь в «{stage}»",
  "{label} went from {from} to {to}": "{label}: из «{from}» в «{to}»",
  "New: {label}": "Новая сделка {label}",
  "The sandbox does not answer.": "Песочница не отвечает.",
  "just now": "только что",
};

const wanted = (navigator.languages ?? [navigator.language]).map((l) => l.slice(0, 2));
export const language = wanted.find((l) => l === "ru" || l === "en") ?? "en";

/** A text in the reader's language, its `{names}` filled in. */
export function t(text, told = {}) {
  const said = language === "ru" ? (RU[text] ?? text) : text;
  return said.replace(/\{(\w+)\}/g, (_, name) => String(told[name] ?? ""));
}

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
  [5, "week"],
  [12, "month"],
  [Infinity, "year"],
];

/** How long ago, in the tracker's own clock; both in ms. */
export function ago(at, now) {
  let value = (at - now) / 1000;
  if (value > -45) return t("just now");
  for (const [size, unit] of STEPS) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
/** The moment itself, for a tooltip. */
export const moment = (at) => full.format(at);

const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
/** A day of the tracker, `2026-11-30`. */
export const day = (text) => short.format(new Date(`${text}T12:00:00`));
