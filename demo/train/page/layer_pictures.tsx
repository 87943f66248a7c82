import type {Picture} from '../engine/contract';
import {Tiles} from './tiles';
import type {State} from './trainer';

const WHAT: [prefix: string, text: string][] = [
  ['conv', 'convolution'], ['norm', 'batch norm'], ['relu', 'ReLU'], ['pool', 'max-pool'], ['scores', 'fully connected'],
];

/** Screen points that filters and activations of every layer aim at. */
const WIDTH = 360;
const HEIGHT = 400;

/** The net from the image to the scores: the filters, and what they make of the image. */
export function LayerPictures({view}: Pick<State, 'view'>) {
  if (!view) return null;
  const names = [...view.activations.map(({layer}) => layer), 'scores'];
  const of = (pictures: Picture[], name: string) => pictures.find(({layer}) => layer === name);
  return (
    <section aria-labelledby="layers">
      <h2 id="layers">Layer by layer</h2>
      <p>
        What each layer makes of the image above, a tile for each plane. Of filters, a column is one filter and a row the
        plane that it looks at; mid-grey is zero.
      </p>
      <ol class="layers">
        {names.map((name) => (
          <Layer key={name} name={name} filters={of(view.filters, name)} activations={of(view.activations, name)} />
        ))}
      </ol>
    </section>
  );
}

function Layer({name, filters, activations}: {name: string, filters?: Picture, activations?: Picture}) {
  const what = WHAT.find(([prefix]) => name.startsWith(prefix))?.[1] ?? '';
  const shape = activations ? activations.shape.join(' x ') : '10';
  return (
    <li class="panel">
      <h3>{name} <span class="muted">{what}, {shape}</span></h3>
      {filters && <Tiles picture={filters} name={`Filters ${filters.shape.join(' x ')}`} scale={scaleOf(filters)} />}
      {activations && <Tiles picture={activations} name="Activations" scale={scaleOf(activations)} />}
    </li>
  );
}

/** A whole number of screen points for a value, at most 8. */
function scaleOf({rows, columns, height, width}: Picture): number {
  const fits = Math.min(WIDTH / (columns * (width + 1)), HEIGHT / (rows * (height + 1)));
  return Math.max(1, Math.min(8, Math.floor(fits)));
}
