/** Five steps of training, in any program: a net of every layer, its loss before and after. */
export async function trainStep(tf, {layers, losses}) {
  const kernelInitializer = tf.initializers.glorotUniform({seed: 7});
  const net = tf.sequential({layers: [
    layers.conv2d({inputShape: [8, 8, 1], filters: 4, kernelSize: 3, padding: 1, kernelInitializer}),
    layers.batchNormalization(), layers.reLU(), layers.maxPooling2d({poolSize: 2}), tf.layers.flatten(),
    layers.layerNormalization(), layers.dense({units: 2, kernelInitializer})]});
  net.compile({optimizer: tf.train.momentum(0.05, 0.9), loss: losses.softmaxLoss});
  const images = tf.concat([tf.zeros([4, 8, 8, 1]), tf.ones([4, 8, 8, 1])]);
  const labels = losses.oneHot([0, 0, 0, 0, 1, 1, 1, 1], 2);
  const {history: {loss}} = await net.fit(images, labels, {epochs: 5, batchSize: 8, verbose: 0});
  if (!(loss[4] < loss[0])) throw new Error(`the loss does not fall: ${loss.join(', ')}`);
  return `loss ${loss[0].toFixed(2)} to ${loss[4].toFixed(2)}`;
}
