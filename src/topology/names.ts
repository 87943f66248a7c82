/** tf.layers' words (`kernelSize`, 'channelsLast') and Keras's (`kernel_size`, 'channels_last'). */

/** 'kernelSize' of 'kernel_size'. */
export function camelCase(name: string): string {
  return name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** 'kernel_size' of 'kernelSize'. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** How Keras calls the group of a layer in model.weights.h5: 're_lu' of 'ReLU', 'max_pooling2d' of 'MaxPooling2D'. */
export function groupName(className: string): string {
  return className.replace(/(.)([A-Z][a-z]+)/g, '$1_$2').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}

/** Numbers names that come more than once, as Keras does: 'dense', 'dense_1'. */
export function numbered(): (name: string) => string {
  const used = new Map<string, number>();
  return (name) => {
    const before = used.get(name);
    used.set(name, (before ?? -1) + 1);
    return before === undefined ? name : `${name}_${before + 1}`;
  };
}
