/** Every backward of the reference against central differences of its forward, on the configurations of the ops. */
import {allAgreements} from '../support/cases';
import {expectGradient, numericGradient} from '../support/numeric_gradient';
import {randomValues} from '../support/random';

for (const {op, cases, comparison} of allAgreements) {
  describe(`the reference of ${op} matches central differences`, () => {
    for (const {title, one, second} of cases) {
      if (second === false) continue;  // ties, where there is no derivative
      it(title, () => {
        const {inputs, reference} = comparison(one);
        const {out, backward} = reference(inputs);
        const dout = randomValues(out.shape, 77);
        for (const [name, gradient] of Object.entries(backward(dout))) {
          if (!gradient) continue;
          expectGradient(gradient, numericGradient(
            (moved) => reference({...inputs, [name]: moved}).out, inputs[name]!, dout), `d${name}`);
        }
        expect(out.data.length).toBeGreaterThan(0);
      });
    }
  });
}
