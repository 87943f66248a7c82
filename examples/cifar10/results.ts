import {textTable} from '../shared/table';
import type {Epoch} from './checkpoint';

/** One epoch in a line. */
export function epochLine(
    number: number, {loss, accuracy, validationLoss, validationAccuracy}: Epoch, isBest: boolean): string {
  return `Epoch ${number}: loss ${loss.toFixed(4)}, ${percent(accuracy)}; validation ${validationLoss.toFixed(4)}, ` +
      `${percent(validationAccuracy)}${isBest ? ' (best)' : ''}`;
}

/** The accuracy of each class, and which other one its pictures are taken for most often. */
export function classTable(confusion: readonly number[][], names: readonly string[]): string {
  const rows = confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const others = row.map((count, guess) => (guess === label ? 0 : count));
    const most = Math.max(...others);
    return [
      names[label]!, String(total), total === 0 ? '' : percent(row[label]! / total),
      most === 0 ? '' : `${names[others.indexOf(most)]} (${most})`,
    ];
  });
  return textTable(['class', 'pictures', 'accuracy', 'else most often'], rows);
}

/** `81.2 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
