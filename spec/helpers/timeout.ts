/** A slow machine is no failure: the limit is only for what would never end. */
jasmine.DEFAULT_TIMEOUT_INTERVAL = 10 * 60_000;
