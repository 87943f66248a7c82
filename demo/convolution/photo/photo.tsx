import {useEffect, useMemo, useRef, useState} from 'preact/hooks';

import type {ReferenceArray} from '../../../src/reference';
import {largestSize, onSchemeChange, paintDiverging} from '../../shared/diverging';
import {Select} from '../../shared/fields';
import {readNumbers, writeNumbers} from '../../shared/numbers_in_url';
import {ScaleLegend} from '../../shared/scale_legend';
import {show} from '../model/numbers';
import {Plane} from '../views/plane';
import {drawScene, greyOf, KERNELS, look, SIZE} from './picture';
import './photo.css';

const RATE = 0.5;
/** So many steps a second while it learns. */
const STEPS_A_SECOND = 8;
const NAMES = Object.keys(KERNELS);

interface Props {
  state: URLSearchParams;
  onState: (state: URLSearchParams) => void;
}

/** A photo through a kernel of your own, and what the gradient would change in both. */
export function PhotoView({state, onState}: Props) {
  const aimName = NAMES.find((name) => name === state.get('aim')) ?? 'upright edges';
  const steps = Number(state.get('steps') ?? 0) || 0;
  const kernel = useMemo(() => kernelOf(state), [state]);
  const [x, setX] = useState<ReferenceArray | null>(null);
  const [learning, setLearning] = useState(false);
  const set = (changed: {kernel?: number[], aim?: string, steps?: number}) => onState(new URLSearchParams({
    layer: 'photo', kernel: writeNumbers((changed.kernel ?? kernel).map(Math.fround)), aim: changed.aim ?? aimName,
    steps: String(changed.steps ?? 0)}));
  const seen = useMemo(() => x && look(x, kernel, KERNELS[aimName]!), [x, kernel, aimName]);
  const learn = () => {
    if (!seen) return;
    // Each entry of the picture has a share of the loss: a step as long as the picture's own brightness.
    const {data} = seen.dw;
    const brightness = x!.data.reduce((sum, value) => sum + value * value, 0) / x!.data.length;
    set({kernel: kernel.map((value, i) => value - RATE / (9 * brightness) * 2 * data[i]!), steps: steps + 1});
  };
  useEffect(() => {
    if (!learning) return undefined;
    const timer = setTimeout(learn, 1000 / STEPS_A_SECOND);
    return () => clearTimeout(timer);
  });
  return (
    <>
      <div class="photo-top row">
        <Source onPicture={setX} />
        <Select label="A kernel to begin with" value={NAMES.find((name) => same(KERNELS[name]!, kernel)) ?? 'own'}
          onChange={(name) => name in KERNELS && set({kernel: KERNELS[name]})}
          choices={[['own', 'of your own'], ...NAMES.map((name) => [name, name] as const)]} />
        <Select label="The gradient aims at" value={aimName} onChange={(aim) => set({aim})} choices={NAMES.map((name) =>
          [name, name] as const)} />
        <button type="button" onClick={learn} disabled={learning}>One step</button>
        <button type="button" class="primary" onClick={() => setLearning(!learning)}>{learning ?
          'Pause' : 'Learn the kernel'}</button>
      </div>
      {seen && x && (
        <>
          <p role="status" class="photo-loss">Step {steps}. Loss,
            the mean of (out − target)²/2: <strong>{show(seen.loss)}</strong>. A step moves each
            number of the kernel against dw.</p>
          <div class="photo-stage">
            <Picture name="x, the picture" values={x} grey />
            <div class="kernel">
              <Plane caption="w, the kernel: type over it" tone="filter" rows={['0', '1', '2']} columns={['0', '1',
                '2']} cell={(i, j) => ({
                value: kernel[3 * i + j]!, label: `w[${i}, ${j}]`, onEdit: (value) => set({kernel: kernel.with(3 * i + j,
                  value)}),
              })} />
              <Plane caption="dw: the gradient of w" tone="filter" rows={['0', '1', '2']} columns={['0', '1',
                '2']} cell={(i, j) => ({
                value: show(seen.dw.data[3 * i + j]!), label: `dw[${i}, ${j}]`,
              })} />
            </div>
            <Picture name="out: the picture through the kernel" values={seen.out} />
            <Picture name={`target: through “${aimName}”`} values={seen.target} />
            <Picture name="dout: out − target, over their number" values={seen.dout} />
            <Picture name="dx: the gradient of the picture" values={seen.dx} />
          </div>
          <ScaleLegend />
        </>
      )}
    </>
  );
}

function kernelOf(state: URLSearchParams): number[] {
  try {
    return readNumbers(state.get('kernel') ?? '', 9);
  } catch {
    return KERNELS['edges']!;
  }
}

const same = (a: number[], b: number[]) => a.every((value, i) => value === b[i]);

/** The drawn scene, a file, or the camera. */
function Source({onPicture}: {onPicture: (x: ReferenceArray) => void}) {
  const [context] = useState(() => Object.assign(document.createElement('canvas'), SIZE).getContext('2d',
    {willReadFrequently: true})!);
  const [camera, setCamera] = useState<MediaStream | null>(null);
  const [problem, setProblem] = useState('');
  const take = () => onPicture(greyOf(context.getImageData(0, 0, SIZE.width, SIZE.height)));
  const scene = () => {
    setCamera(null);
    drawScene(context);
    take();
  };
  useEffect(scene, []);
  useEffect(() => {
    if (!camera) return undefined;
    const video = Object.assign(document.createElement('video'), {srcObject: camera, muted: true, playsInline: true});
    void video.play();
    const timer = setInterval(() => {
      if (video.videoWidth === 0) return;
      cover(context, video, video.videoWidth, video.videoHeight);
      take();
    }, 100);
    return () => {
      clearInterval(timer);
      camera.getTracks().forEach((track) => track.stop());
    };
  }, [camera]);
  const open = async (file: File | undefined) => {
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      setCamera(null);
      setProblem('');
      cover(context, bitmap, bitmap.width, bitmap.height);
      take();
    } catch {
      setProblem(`${file.name} is not a picture that this browser reads. Choose a PNG or a JPEG.`);
    }
  };
  const film = async () => {
    try {
      setCamera(await navigator.mediaDevices.getUserMedia({video: {width: 320, height: 240}}));
      setProblem('');
    } catch (error) {
      setProblem(`The camera does not start: ${(error as Error).message}. Allow it in the browser, or choose a picture.`);
    }
  };
  return (
    <div class="row source-of-picture">
      <label class="field"><span>Your picture</span>
        <input type="file" accept="image/*" onChange={(event) => void open(event.currentTarget.files?.[0])} /></label>
      {camera ? <button type="button" onClick={() => setCamera(null)}>Stop the camera</button> :
        <button type="button" onClick={() => void film()}>Use the camera</button>}
      <button type="button" onClick={scene}>The drawn scene</button>
      {problem && <p class="problem" role="alert">{problem}</p>}
    </div>
  );
}

/** Draws the middle of a picture so that it fills the canvas. */
function cover(context: CanvasRenderingContext2D, image: CanvasImageSource, width: number, height: number): void {
  const scale = Math.max(SIZE.width / width, SIZE.height / height);
  context.drawImage(image, (SIZE.width - scale * width) / 2, (SIZE.height - scale * height) / 2, scale * width, scale * height);
}

/** An array as a picture, in grey or on the scale; its numbers by the arrow keys. */
function Picture({name, values, grey}: {name: string, values: ReferenceArray, grey?: boolean}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [[row, column], setPlace] = useState<[number, number]>([0, 0]);
  const {data} = values;
  const reach = largestSize(data);
  useEffect(() => {
    const paint = () => (grey ? paintGrey(canvas.current!, data) : paintDiverging(canvas.current!, data, reach));
    paint();
    return onSchemeChange(paint);
  }, [values]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    if (!step) return;
    event.preventDefault();
    setPlace([Math.min(SIZE.height - 1, Math.max(0, row + step[0]!)), Math.min(SIZE.width - 1, Math.max(0, column + step[1]!))]);
  };
  const onPointer = (event: PointerEvent) => {
    const {left, top, width, height} = canvas.current!.getBoundingClientRect();
    setPlace([Math.min(SIZE.height - 1, Math.max(0, Math.floor((event.clientY - top) / height * SIZE.height))),
      Math.min(SIZE.width - 1, Math.max(0, Math.floor((event.clientX - left) / width * SIZE.width)))]);
  };
  const here = `[${row}, ${column}] = ${show(data[row * SIZE.width + column]!)}`;
  return (
    <figure class="photo-picture">
      <div class="canvas-box" tabIndex={0} role="application" aria-label={`${name}: arrow keys read its numbers`}
        onKeyDown={onKeyDown}>
        <canvas ref={canvas} {...SIZE} aria-hidden="true" onPointerMove={onPointer} onPointerDown={onPointer} />
      </div>
      <figcaption><strong>{name}</strong><span>{grey ?
        '0 black, 1 white' : `max ${show(reach)}`}; <span role="status">{here}</span></span></figcaption>
    </figure>
  );
}

function paintGrey(canvas: HTMLCanvasElement, values: Float64Array): void {
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((value, i) => image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
  canvas.getContext('2d', {willReadFrequently: true})!.putImageData(image, 0, 0);
}
