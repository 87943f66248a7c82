import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {NODE_BACKENDS} from '../../examples/shared/backend';
import type {Result} from '../jobs';
import type {Machine} from './machine';
import {drawings} from './pictures';
import {tablesOf} from './tables';
import type {ReportTable} from './table';

/** What a page tells. */
export interface Page {
  results: readonly Result[];
  /** Every backend that ran, with its versions. */
  backends: readonly string[];
  /** What could not be measured, and why. */
  missing: readonly string[];
  date: Date;
  machine: Machine;
  /** What writes it again. */
  command: string;
}

/**
 * Writes `benchmarks.md` into a folder, its pictures beside it under `images/`.
 *
 * @returns the page's path
 */
export async function writePage(page: Page, folder: string): Promise<string> {
  const images = path.join(folder, 'images');
  mkdirSync(images, {recursive: true});
  const pictures = await drawings(page.results);
  for (const {file, svg} of pictures) writeFileSync(path.join(images, file), svg);
  const file = path.join(folder, 'benchmarks.md');
  writeFileSync(file, pageText(page, pictures));
  return file;
}

/** The page as Markdown. */
export function pageText(
    {results, backends, missing, date, machine, command}: Page, pictures: readonly {file: string, alt: string}[]): string {
  const {processor, cores, memoryGB, system, node} = machine;
  return [
    '# Benchmarks',
    `Written by \`${command}\` on ${date.toISOString().slice(0, 10)}; do not edit. Milliseconds depend on the machine, ` +
      'ratios much less.',
    [`${processor}, ${cores} cores, ${memoryGB} GB, ${system}, Node ${node}`, ...backends, ...missing]
      .map((text) => `- ${text}`).join('\n'),
    ...pictures.map(({file, alt}) => `![${alt}](images/${file})`),
    ...tablesOf(results, NODE_BACKENDS).map(tableText),
  ].join('\n\n') + '\n';
}

function tableText({title, head, rows, notes}: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(head), line(head.map((_, i) => (i === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
  return [`## ${title}`, table, ...notes].join('\n\n');
}
