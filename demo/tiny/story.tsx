import pieces from 'virtual:source-lines';

import type {Cell, Term} from '../../tools/homework/origins.mjs';
import {show, showIn} from '../convolution/model/numbers';
import {sourceOf} from '../shared/links';
import type {Norm, Run} from './net';
import {nameOf} from './paths';
import type {Story} from './paths';

const WHAT: {[array: string]: string} = {
  x: 'a pixel of the image', w: 'a weight of a filter', b: 'the bias of a filter', conv: 'an output of the convolution',
  norm: 'an output of batch norm', gamma: 'a scale of batch norm', beta: 'a shift of batch norm', relu: 'an output of ReLU',
  pool: 'a maximum', v: 'a weight of the fully connected layer', c: 'a bias of the fully connected layer',
    scores: 'the score of a class',
  P: 'the probability of a class',
};

/** The sum that makes the chosen entry, and the source that computes it. */
export function StoryPanel({story, net, norm, hidden}: {story: Story, net: Run, norm: Norm, hidden: boolean}) {
  const {spot, value, origin, piece} = story;
  const name = nameOf(spot);
  return (
    <section class="panel story" aria-label="The chosen number">
      <div>
        <p aria-live="polite" id="story">
          <strong>{name} = {hidden ? '?' : show(value)}</strong>, {spot.isGradient ?
            <>the gradient of the loss by {WHAT[spot.array]}{!hidden && `: ${effect(value)}`}</> : <>{WHAT[spot.array]}
              {origin ? '' : ': given. Type another number to replace it'}</>}.
        </p>
        {origin && !hidden && <>
          <p class="formula">{origin.formula}.</p>
          <p class="sum">{name} = {origin.by === 'max' ?
            <>max({origin.terms.map((term, i) => <TermText key={i} term={term} first={i === 0} separator=", " />)})</> :
            origin.terms.length === 0 ? '0: no gradient reaches it' :
            origin.terms.map((term, i) => <TermText key={i} term={term} first={i === 0} separator=" + " />)}
            {' '}= <strong>{show(value)}</strong></p>
          <Facts story={story} net={net} norm={norm} />
        </>}
      </div>
      {piece && (
        <figure class="source">
          <figcaption>
            <a href={sourceOf(piece)}>{pieces[piece].file}, line {pieces[piece].line}</a>
          </figcaption>
          <pre tabIndex={0} aria-label="The source that computes it">{pieces[piece].text}</pre>
        </figure>
      )}
    </section>
  );
}

function effect(value: number): string {
  if (value === 0) return 'changing it a little does not change the loss';
  return `raise it a little, and the loss ${value > 0 ? 'rises' : 'falls'} by ${show(Math.abs(value))} of that`;
}

function TermText({term: {cells}, first, separator}: {term: Term, first: boolean, separator: string}) {
  return <span class="term">{first ? '' : separator}{cells.map((cell, i) => (
    <span key={i}>{i > 0 && '·'}{isConstant(cell) ?
      showIn(cell.value) : <abbr title={cell.array}>{showIn(cell.value)}</abbr>}</span>
  ))}</span>;
}

const isConstant = ({array}: Cell) => array === '0';

/** The numbers of batch norm that are in the formula: in the staged backward, stage by stage. */
function Facts({story: {spot, origin}, net, norm}: {story: Story, net: Run, norm: Norm}) {
  if (net.statistics === null || !origin?.facts || !['conv', 'norm'].includes(spot.array)) return null;
  const channel = spot.index[1]!;
  const {mu, std, dstd, dvar, dmu} = net.statistics;
  const staged = spot.isGradient && spot.array === 'conv' && norm === 'staged';
  const facts = staged ?
    {mu: mu[channel]!, std: std[channel]!, dxHat: origin.facts['dxHat']!, dstd: dstd[channel]!, dvar: dvar[channel]!,
      dmu: dmu[channel]!} :
    origin.facts;
  return (
    <p class="facts">{staged ? 'Stage by stage: ' : 'With '}{Object.entries(facts).map(([name,
      value]) => `${name} = ${show(value)}`).join(', ')}
      {staged && '; dx = dxHat/std + 2 (x − mu) dvar/M + dmu/M, which is the same'}.</p>
  );
}
