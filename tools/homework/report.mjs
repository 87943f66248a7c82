/** @typedef {import('./check.mjs').Mistake} Mistake */
/** @typedef {import('./check.mjs').Verdict} Verdict */
/** @typedef {import('./origins.mjs').Cell} Cell */
/** @typedef {import('./origins.mjs').Origin} Origin */

/** More terms than these are no help. */
const MOST_TERMS = 30;

/**
 * What the grader says, for people.
 * @param {string} file
 * @param {Verdict[]} verdicts
 */
export function reportOf(file, verdicts) {
  const right = verdicts.filter(({mistake}) => mistake === null).length;
  const width = Math.max(...verdicts.map(({name}) => name.length));
  const lines = verdicts.map(({name, cases, mistake}) => (mistake === null ?
    `✓ ${name.padEnd(width)}  right in all ${cases} cases` :
    `✗ ${name.padEnd(width)}  wrong in case ${mistake.case} of ${cases}: ${mistake.inputs}\n${mistakeInWords(mistake)}`));
  return `${file}: ${right} of ${verdicts.length} functions ${right === 1 ? 'is' : 'are'} right\n\n${lines.join('\n')}`;
}

/** @param {Mistake} mistake */
function mistakeInWords({problem, array, index, found, wanted, difference, shapes, origin}) {
  if (problem !== undefined) return `    ${problem}\n`;
  const entry = name(/** @type {string} */ (array), index ?? []);
  const first = wanted === null ? `${entry} should not be there: ${shapes}.` :
    `${entry} is ${found === null ? 'missing' : number(/** @type {number} */ (found))}, should be ${
      number(/** @type {number} */ (wanted))}${shapes ? `; ${shapes}` : ''}.`;
  const slope = difference == null ? [] : [`Central differences of the forward say ${number(difference)}.`];
  return [first, ...slope, ...origin ? originInWords(origin) : []].map((line) => `    ${line}\n`).join('');
}

/** @param {Origin} origin */
function originInWords({by, formula, terms, facts = {}, from = []}) {
  const shown = terms.slice(0, MOST_TERMS);
  const rest = terms.length - shown.length;
  return [
    `${formula}:`,
    ...shown.map((term) => `  ${term.cells.map(cellInWords).join(' · ')}${term.cells.length > 1 ? ` =
      ${number(term.value)}` : ''}`),
    ...rest > 0 ? [`  ... and ${rest} more`] : [],
    ...terms.length === 0 ? [`  nothing reaches it: the ${by} of nothing is 0`] : [],
    ...from.length > 0 ? [`from ${from.map(cellInWords).join(', ')}`] : [],
    ...Object.keys(facts).length > 0 ?
      [`with ${Object.entries(facts).map(([fact, value]) => `${fact} = ${number(value)}`).join(', ')}`] : [],
  ];
}

/** @param {Cell} cell */
function cellInWords({array, index, value, padding}) {
  if (array === '0') return '0';
  return `${name(array, index)} (${padding ? 'padding, ' : ''}${number(value)})`;
}

/** @param {string} array @param {number[]} index */
function name(array, index) {
  return index.length === 0 || /\d\]$/.test(array) ? array : `${array}[${index.join(', ')}]`;
}

/** @param {number} value */
function number(value) {
  return String(Number.isFinite(value) ? Number(value.toPrecision(7)) : value).replace('-', '−');
}
