import {docsOf, sourceOf} from './links';

const DOCS = {conv: 'layers/convolution', pool: 'layers/max_pooling'} as const;
const PIECES = {conv: {forward: 'conv_out', backward: 'conv_back'}, pool: {forward: 'pool_out', backward: 'pool_back'}} as const;

/** Where the step that is shown is explained, and where its source is. */
export function Steps({of, view}: {of: 'conv' | 'pool', view: string}) {
  const piece = PIECES[of][view === 'backward' ? 'backward' : 'forward'];
  return (
    <p class="step-links">
      <a href={docsOf(DOCS[of])}>This layer in the documentation</a>
      <a href={sourceOf(piece)}>The source of this step</a>
    </p>
  );
}
