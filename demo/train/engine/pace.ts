const STEPS = 20;

/** How many images a second the last steps took in. */
export class Pace {
  private readonly steps: {images: number, ms: number}[] = [];

  add(images: number, ms: number): void {
    this.steps.push({images, ms});
    if (this.steps.length > STEPS) this.steps.shift();
  }

  get imagesPerSecond(): number {
    const sum = (key: 'images' | 'ms') => this.steps.reduce((total, step) => total + step[key], 0);
    return 1000 * sum('images') / Math.max(sum('ms'), Number.EPSILON);
  }
}

/** When something is due again that may take at most a fifth of all time. */
export class Cadence {
  private next = 0;

  constructor(private readonly everyMs: number) {}

  get due(): boolean {
    return performance.now() >= this.next;
  }

  async run(task: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    await task();
    const end = performance.now();
    this.next = end + Math.max(this.everyMs, 4 * (end - start));
  }
}
