/** Three categories for a report, from its words; without words, those this person uses most. The catalogue's own words and weights. */
const SURE = 4, TOP = 3;

export function suggest(text, categories, used = {}) {
  const lower = (text || "").slice(0, 600).toLowerCase(), scored = [];
  if (lower) for (const one of categories) {
    let score = lower.includes(one.name) ? 6 : 0;
    for (const [word, weight] of one.words) if (lower.includes(word.toLowerCase())) score += weight;
    if (score) scored.push([score, one]);
  }
  scored.sort((a, b) => b[0] - a[0] || (a[1].code < b[1].code ? -1 : 1));
  const found = scored.length && scored[0][0] >= SURE ? scored.slice(0, TOP).map((s) => s[1]) : [];
  const rest = [...categories].filter((c) => !found.includes(c)).sort((a, b) => (used[b.code] || 0) - (used[a.code] || 0));
  if (!Object.keys(used).length) {
    const seen = new Set(found.map((c) => c.group)), spread = [];
    for (const one of rest) if (!seen.has(one.group)) { seen.add(one.group); spread.push(one); }
    return [...found, ...spread, ...rest.filter((c) => !spread.includes(c))].slice(0, TOP);
  }
  return [...found, ...rest].slice(0, TOP);
}

/** Categories whose name, group or words contain what was typed. */
export const lookUp = (typed, categories) => categories.filter((c) => !typed || c.name.includes(typed) || c.group.includes(typed) || c.code.startsWith(typed) || c.words.some(([word]) => word.includes(typed)));
