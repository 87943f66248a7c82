/** Replaces methods and fields for a while, and gives everything back whatever happens. */
export class Hooks {
  private readonly undo: Array<() => unknown> = [];

  /** Puts `make(the method as it was)` in the method's place on this object. */
  replace<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => T[K]): void {
    const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
    this.redefine(target, name, {value: make(target[name]), writable: true, configurable: true, enumerable});
  }

  /** Puts another property in the place of this object's. */
  redefine<T extends object>(target: T, name: keyof T, property: PropertyDescriptor): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    this.undo.push(() => own ? Object.defineProperty(target, name, own) : Reflect.deleteProperty(target, name));
    Object.defineProperty(target, name, property);
  }

  /** Puts an accessor in a field's place that tells when it is read, or has been written; what was written stays. */
  watch<T extends object, K extends keyof T>(
      target: T, name: K, on: {[event in 'read' | 'write']?: (value: T[K]) => void}): void {
    let value = target[name];
    const visible = {configurable: true, enumerable: true};
    this.undo.push(() => Object.defineProperty(target, name, {...visible, value, writable: true}));
    Object.defineProperty(target, name, {
      ...visible,
      get: () => {
        on.read?.(value);
        return value;
      },
      set: (next: T[K]) => {
        value = next;
        on.write?.(next);
      },
    });
  }

  /** Undoes everything, the last thing first. */
  release(): void {
    while (this.undo.length > 0) this.undo.pop()!();
  }
}
