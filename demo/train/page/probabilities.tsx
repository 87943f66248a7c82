import {percent} from './format';

/** How likely the net takes each digit to be. */
export function Probabilities({probabilities, label}: {probabilities: number[], label: number | null}) {
  const best = Math.max(...probabilities);
  return (
    <table class="probabilities">
      <caption>Probabilities</caption>
      <thead class="unseen"><tr><th scope="col">Digit</th><th scope="col">Probability</th></tr></thead>
      <tbody>
        {probabilities.map((probability, digit) => (
          <tr key={digit} class={probability === best ? 'best' : undefined}>
            <th scope="row">{digit}{digit === label && <span class="unseen"> (the right class)</span>}</th>
            <td>
              <span class="bar" style={{'--share': `${100 * probability}%`}} />
              <span class="share">{percent(probability)}</span>
              {digit === label && <span class="label" aria-hidden="true">it is</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
