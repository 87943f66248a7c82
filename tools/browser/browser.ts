/** What the specs need of a browser, whichever drives it. */
export interface LaunchedBrowser {
  newPage: () => Promise<BrowserPage>;
  close: () => Promise<void>;
}

export interface BrowserPage {
  /** A script that runs in the page before its own. */
  before: (script: string) => Promise<void>;
  /** A function that the page can call. */
  expose: (name: string, f: (...args: never[]) => unknown) => Promise<void>;
  open: (url: string, timeout: number) => Promise<void>;
  /** Hears why the page is gone. */
  onEnd: (ended: (why: string) => void) => void;
}
