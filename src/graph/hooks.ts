/** Replaces methods and fields for a while, and gives everything back whatever happens. */
export class Hooks {
  private readonly undo: Array<() => void> = [];

  /** Puts `make(the method as it was)` in the method's place on this object. */
  replace<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => T[K]): void {
    const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
    this.redefine(target, name, {value: make(target[name]), writable: true, configurable: true, enumerable});
  }

  /** Puts another property in the place of this object's. */
  redefine<T extends object>(target: T, name: keyof T, property: PropertyDescriptor): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    this.undo.push(() => this.restore(target, name, own));
    Object.defineProperty(target, name, property);
  }

  /** Puts an accessor in a field's place that tells when it is read; what was written to it meanwhile stays. */
  watch<T extends object, K extends keyof T>(target: T, name: K, onRead: (value: T[K]) => void): void {
    let value = target[name];
    this.undo.push(() => {
      Object.defineProperty(target, name, {value, writable: true, configurable: true, enumerable: true});
    });
    Object.defineProperty(target, name, {
      get: () => {
        onRead(value);
        return value;
      },
      set: (next: T[K]) => {
        value = next;
      },
      configurable: true, enumerable: true,
    });
  }

  /** Lets a field tell when something is written to it, after it has been. */
  intercept<T extends object, K extends keyof T>(target: T, name: K, onWrite: (value: T[K]) => void): void {
    let value = target[name];
    this.undo.push(() => {
      Object.defineProperty(target, name, {value, writable: true, configurable: true, enumerable: true});
    });
    Object.defineProperty(target, name, {
      get: () => value,
      set: (next: T[K]) => {
        value = next;
        onWrite(next);
      },
      configurable: true, enumerable: true,
    });
  }

  /** Undoes everything, the last thing first. */
  release(): void {
    while (this.undo.length > 0) this.undo.pop()!();
  }

  private restore<T extends object>(target: T, name: keyof T, own: PropertyDescriptor | undefined): void {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  }
}
