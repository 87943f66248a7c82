/** What a refusal says. */

/** It says to its very end what to do, and leaves no gap where a name or a value belongs. */
export const wholeSentence = /^(?!.*(, \.(?!\.)|: \.(?!\.)| {2}|\(\))).*[^\s.]\.$/s;

/** A spec for each: the call throws this message. */
export function itThrows(
    refusals: readonly (readonly [title: string, call: () => unknown, message: RegExp | string])[], what = 'refuses '): void {
  for (const [title, call, message] of refusals) {
    it(`${what}${title}`, () => {
      expect(call).toThrowError(message as RegExp);
      expect(call).toThrowError(wholeSentence);
    });
  }
}
