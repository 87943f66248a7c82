import type {GraphBinding, OpAttribute} from '../tfjs_private';
import type {AttrMap, AttrValue, GraphDef, Messages} from './messages';
import type {Constant, Fed, Leaf, Operation, Recording, Value} from './types';

/** A recording as TensorFlow's SavedModel, and the names under which it is fed and read. */
export interface GraphDefinition {
  savedModel: Uint8Array;
  feeds: Array<{leaf: Leaf, name: string}>;
  /** Of each output, then of each assigned variable. */
  fetches: string[];
  /** Ops of the step, without constants and feeds. */
  ops: number;
}

/** The version of graphs that TensorFlow 2 writes and reads. */
const PRODUCER = 1500;
/**
 * A model with this tag is loaded without TensorFlow's own rewriting (`native/graph.cc`): that rounds in another way, and
 * made predict of tf.layers' MobileNetV2 15 times slower. The stock addon rewrites nevertheless.
 */
export const AS_WRITTEN = 'as_written';
/** Bytes of a constant up to which equal ones become one node. */
const LARGEST_SHARED = 64;

/** Writes a recording as a graph. */
export function graphDefinition(recording: Recording, binding: GraphBinding, messages: Messages): GraphDefinition {
  return new Writer(binding, messages).write(recording);
}

class Writer {
  private readonly graph: GraphDef;
  private readonly names = new Map<Value, string>();
  private readonly feeds: Array<{leaf: Leaf, name: string, key: string}> = [];
  private readonly constants = new Map<string, string>();

  constructor(private readonly binding: GraphBinding, private readonly messages: Messages) {
    this.graph = new messages.GraphDef();
  }

  write({operations, outputs, assigned}: Recording): GraphDefinition {
    operations.forEach((operation, i) => this.addOperation(`op${i}`, operation));
    const results = [...outputs, ...assigned.map(({value}) => value)];
    const fetches = results.map((value, i) => this.addResult(`result${i}`, value));
    return {
      savedModel: this.savedModel(), feeds: this.feeds.map(({leaf, name}) => ({leaf, name: `${name}:0`})), fetches,
      ops: operations.length,
    };
  }

  private savedModel(): Uint8Array {
    const {messages} = this;
    const versions = new messages.VersionDef();
    versions.setProducer(PRODUCER);
    this.graph.setVersions(versions);
    const info = new messages.MetaGraphDef.MetaInfoDef();
    info.addTags(AS_WRITTEN);
    const metaGraph = new messages.MetaGraphDef();
    metaGraph.setMetaInfoDef(info);
    metaGraph.setGraphDef(this.graph);
    const model = new messages.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.addMetaGraphs(metaGraph);
    return model.serializeBinary();
  }

  private addOperation(name: string, {name: op, attributes, inputs}: Operation): void {
    const map = this.addNode(name, op, inputs.map(input => this.nameOf(input)));
    for (const attribute of attributes) map.set(attribute.name, this.attribute(attribute));
  }

  /** What is fed or constant cannot be fetched by its own name: TensorFlow wants a node in between. */
  private addResult(name: string, value: Value): string {
    if (value.kind === 'output') return this.nameOf(value);
    this.addNode(name, 'Identity', [this.nameOf(value)]).set('T', this.type(value.dtype));
    return `${name}:0`;
  }

  private addNode(name: string, op: string, inputs: string[]): AttrMap {
    const node = new this.messages.NodeDef();
    node.setName(name);
    node.setOp(op);
    node.setInputList(inputs);
    this.graph.addNode(node);
    return node.getAttrMap();
  }

  private nameOf(value: Value): string {
    if (value.kind === 'output') return `op${value.operation}:${value.output}`;
    let name = this.names.get(value);
    if (name === undefined) {
      name = value.kind === 'fed' ? this.feed(value) : this.constant(value);
      this.names.set(value, name);
    }
    return name;
  }

  private feed({leaf, shape, dtype}: Fed): string {
    const key = leafKey(leaf);
    const found = this.feeds.find(feed => feed.key === key);
    if (found) return `${found.name}:0`;
    const name = `feed${this.feeds.length}`;
    const map = this.addNode(name, 'Placeholder', []);
    map.set('dtype', this.type(dtype));
    const size = new this.messages.AttrValue();
    size.setShape(this.shape(shape));
    map.set('shape', size);
    this.feeds.push({leaf, name, key});
    return `${name}:0`;
  }

  private constant({shape, dtype, bytes}: Constant): string {
    const key = bytes.length <= LARGEST_SHARED ? `${dtype} ${shape} ${bytes}` : null;
    const found = key === null ? undefined : this.constants.get(key);
    if (found !== undefined) return found;
    const name = `constant${this.graph.getNodeList().length}`;
    const tensor = new this.messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(this.shape(shape));
    tensor.setTensorContent(bytes);
    const value = new this.messages.AttrValue();
    value.setTensor(tensor);
    const map = this.addNode(name, 'Const', []);
    map.set('dtype', this.type(dtype));
    map.set('value', value);
    if (key !== null) this.constants.set(key, `${name}:0`);
    return `${name}:0`;
  }

  private type(dtype: number): AttrValue {
    const value = new this.messages.AttrValue();
    value.setType(dtype);
    return value;
  }

  private shape(sizes: readonly number[]): InstanceType<Messages['TensorShape']> {
    const shape = new this.messages.TensorShape();
    for (const size of sizes) {
      const dimension = new this.messages.TensorShape.Dim();
      dimension.setSize(size);
      shape.addDim(dimension);
    }
    return shape;
  }

  private attribute({name, type, value}: OpAttribute): AttrValue {
    const {binding, messages} = this;
    const made = new messages.AttrValue();
    if (Array.isArray(value) && type !== binding.TF_ATTR_SHAPE) {
      const list = new messages.AttrValue.ListValue();
      if (type === binding.TF_ATTR_INT) list.setIList(value);
      else if (type === binding.TF_ATTR_FLOAT) list.setFList(value);
      else if (type === binding.TF_ATTR_BOOL) list.setBList(value);
      else if (type === binding.TF_ATTR_TYPE) list.setTypeList(value);
      else throw new Error(`the attribute ${name} is a list of a kind that a graph does not take`);
      made.setList(list);
      return made;
    }
    switch (type) {
      case binding.TF_ATTR_STRING: made.setS(new TextEncoder().encode(String(value))); break;
      case binding.TF_ATTR_INT: made.setI(Number(value)); break;
      case binding.TF_ATTR_FLOAT: made.setF(Number(value)); break;
      case binding.TF_ATTR_BOOL: made.setB(Boolean(value)); break;
      case binding.TF_ATTR_TYPE: made.setType(Number(value)); break;
      case binding.TF_ATTR_SHAPE: made.setShape(this.shape(value as number[])); break;
      default: throw new Error(`the attribute ${name} is of a kind that a graph does not take`);
    }
    return made;
  }
}

const numbers = new WeakMap<object, number>();
let lastNumber = 0;

function numberOf(object: object): number {
  let found = numbers.get(object);
  if (found === undefined) numbers.set(object, found = ++lastNumber);
  return found;
}

/** The same for leaves that are fed the same. */
function leafKey(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'argument': return `argument ${leaf.index}`;
    case 'variable': return `variable ${numberOf(leaf.variable)}`;
    case 'tensor': return `tensor ${numberOf(leaf.tensor)}`;
    case 'field': return `field ${numberOf(leaf.optimizer)} ${leaf.field}`;
    case 'learningRate': return `rate ${numberOf(leaf.optimizer)} ${leaf.sign}`;
  }
}
