/** What a page is told, once it asks. */
export interface PageSettings {
  backend: string;
  /** Of wasm, where the page is isolated from others and so may have them. */
  threads: number;
  /** A content security policy that the page gives itself once the backend has started. */
  latePolicy?: string;
  /** Regular expressions that a spec's full title must match, all of them. */
  filters: string[];
  seed: string;
  /** What environment variables hold in Node: SPEC_RUNS and the like. */
  environment: {[name: string]: string};
}

/** What a page says: an event of a Jasmine reporter, or that it failed outside of the specs. */
export type PageEvent =
    {name: 'suiteStarted' | 'specDone' | 'suiteDone' | 'jasmineDone', result: object} | {name: 'crashed', result: string};
