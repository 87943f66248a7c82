import type {PeerResult} from '../sections/peers';
import {figures, verdict} from './format';
import {isReached} from './rows';
import type {ReportTable} from './table';

/** A step of ours, or a prediction, beside other libraries'. */
export function peerTable(results: readonly {item: string, found: PeerResult}[]): ReportTable {
  const differences = results.map(({found}) => found.difference);
  return {
    title: 'A training step, or a prediction, beside other libraries, milliseconds',
    head: ['', 'ours', 'theirs', 'ratio', 'their quartiles', 'target'],
    rows: results.map(({item, found: {title, ours, peer, ratio, target}}) => [
      `${item.split(', ').slice(1).join(', ')}: ${title}`, figures(ours.median), figures(peer.median), figures(ratio),
      peer.quartiles.map(figures).join('-'), target === null ? '' : verdict(String(target), isReached(ratio, target)),
    ]),
    notes: ['From the same weights on the same 64 images; the processes took turns. The losses of the first steps differ by ' +
      `at most ${Math.max(...differences).toExponential(1)} of themselves.`],
  };
}
