const counts = new Intl.NumberFormat('en');
const percents = new Intl.NumberFormat('en', {style: 'percent', maximumFractionDigits: 1});

/** 12,000 */
export const count = (value: number) => counts.format(value);

/** 97.5 % */
export const percent = (share: number) => (Number.isNaN(share) ? 'not a number' : percents.format(share).replace('%', ' %'));

/** Three digits that count, without an exponent for the sizes that occur here. */
export const short = (value: number) => (Number.isFinite(value) ? minus(String(Number(value.toPrecision(3)))) : 'not a number');

const minus = (text: string) => text.replace('-', '\u2212');
