import type {Locator, Page} from 'playwright-core';

/** The numbers of every table of the convolution page by its caption, in the order they stand. */
export async function readPlanes(page: Page): Promise<{[caption: string]: number[][]}> {
  const texts = await page.locator('table.plane').evaluateAll((tables) => tables.map((table) => {
    const {caption, tBodies} = table as HTMLTableElement;
    const text = (cell: HTMLTableCellElement) => {
      const input = cell.querySelector('input');
      if (input) return input.value;
      const copy = cell.cloneNode(true) as HTMLElement;
      copy.querySelectorAll('small, .spoken').forEach((extra) => extra.remove());
      return copy.textContent;
    };
    const rows = [...tBodies[0]!.rows].map((row) => [...row.querySelectorAll('td')].map(text));
    return [caption!.textContent.replace('▸ ', ''), rows] as const;
  }));
  return Object.fromEntries(texts.map(([caption, rows]) => [caption, rows.map((row) => row.map(number))]));
}

/** Planes v[:, :, 0], v[:, :, 1], ... as one list in the order channel, row, column, as the reference has it. */
export function channelsFirst(planes: {[caption: string]: number[][]}, name: string, crop = 0): number[] {
  const found: number[] = [];
  for (let c = 0; planes[`${name}[:, :, ${c}]`]; c++) {
    const rows = planes[`${name}[:, :, ${c}]`]!;
    const inside = <T>(list: T[]) => list.slice(crop, list.length - crop);
    found.push(...inside(rows).flatMap(inside));
  }
  if (found.length === 0) throw new Error(`The page has no ${name}. It has ${Object.keys(planes).join(' ')}.`);
  return found;
}

/** The first cell of the page with this name: x[0, 1, 2]. */
export function cell(page: Page, name: string): Locator {
  return page.locator(`table.plane [aria-label^="${name}"]`).first();
}

export async function type(page: Page, name: string, value: number | string): Promise<void> {
  await cell(page, name).fill(String(value));
}

/** A number as the page writes it. */
export function number(text: string): number {
  return Number(text.replaceAll('−', '-').replace('∞', 'Infinity'));
}
