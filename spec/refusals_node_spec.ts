/** Every message thrown in src ends with something to do, as CONTRIBUTING.md asks. Read from the sources. */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import ts from 'typescript';

import {ROOT} from '../tools/bootstrap/root.mjs';

/** What the last sentence begins with, or its last clause, after a colon or a semicolon. */
const VERBS = new Set([
  'add', 'await', 'build', 'cast', 'change', 'check', 'compile', 'convert', 'copy', 'correct', 'dispose', 'download', 'give',
  'import', 'install', 'join', 'keep', 'leave', 'let', 'list', 'load', 'make', 'name', 'number', 'pad', 'pass', 'permute', 'put',
  'register', 'remove', 'rename', 'replace', 'reshape', 'return', 'run', 'save', 'set', 'start', 'sum', 'take', 'use', 'write',
]);
/** A statement about a word that is a verb too: 'Name must be a text.' */
const STATEMENT = /^\w+ (must|may|can|is|are|was|were|has|have|does|do)\b/;
/** Messages with another end. */
const EXEMPT: readonly {file: string, end: string, why: string}[] = [
  {file: 'layers/explicit_layer.ts', end: '…: …', why: "puts the layer's name before an op's error"},
  {file: 'layers/keras/keras_layer.ts', end: '): …', why: "puts the layer's name before an op's error"},
  {file: 'layers/resolve.ts', end: '…: …: …', why: "puts the argument's name before tfjs-layers' error"},
  {file: 'models/io/build.ts', end: '): …', why: "puts the layer's name before an error of a layer of this library"},
  {file: 'models/io/errors.ts', end: '…: …', why: 'puts what failed before an error'},
  {file: 'models/io/folder.ts', end: '…', why: 'what was thrown, as an error'},
  {file: 'models/io/http.ts', end: '…', why: 'the callers of bytesOf say what to do'},
  {file: 'models/io/budget.ts', end: ', but ….', why: 'budgetFor gives the reason together with what to do'},
  {file: 'keras/files.ts', end: 'cannot be written: …', why: "puts the file's name before Node's error"},
  {file: 'keras/files.ts', end: 'cannot be read: …', why: "puts the file's name before Node's error"},
  ...['it cannot be opened', 'more memory than the file calls for', ', more than text of a model takes'].map((end) =>
    ({file: 'keras/hdf5.ts', end, why: 'openHdf5 adds what to do'})),
  ...['it is packed by method …', ' has 4 GB or more', ' ends after the file'].map((end) =>
    ({file: 'keras/zip.ts', end, why: 'openZip adds what to do'})),
  {file: 'umd/carried.ts', end: ' of version …', why: 'arriving adds what to do'},
  {file: 'graph/graph_def.ts', end: 'that a graph does not take', why: 'why a step is not run as a graph; nothing is refused'},
  {file: 'checks/grad_check/values.ts', end: ', the input […]', why: "a problem in gradCheck's report; nothing is refused"},
  {file: 'checks/verify_backend.ts', end: 'there is no …', why: "a failure in verifyBackend's report; nothing is refused"},
];

/** Functions and constants of all files, where another file may name them. */
type Exported = ReadonlyMap<string, readonly ts.Node[]>;

/** Reads what messages may end with: literal parts joined, `…` for what only a run tells, a text for each way it may go. */
class Messages {
  constructor(private readonly exported: Exported) {}

  of(file: ts.SourceFile): string[] {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText()) && node.arguments?.[0]) {
        found.push(...this.ends(node.arguments[0]));
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  }

  private ends(node: ts.Expression, depth = 0): string[] {
    const inner = (part: ts.Expression) => this.ends(part, depth + 1);
    if (depth > 20) return ['…'];
    if (ts.isParenthesizedExpression(node)) return inner(node.expression);
    if (ts.isStringLiteralLike(node)) return [node.text];
    if (node.kind === ts.SyntaxKind.NullKeyword) return [];
    if (ts.isConditionalExpression(node)) return [...inner(node.whenTrue), ...inner(node.whenFalse)];
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      return inner(node.right).flatMap((end) => (end === '' ? inner(node.left) : [whole(node.left) + end]));
    }
    if (ts.isTemplateExpression(node)) {
      const {expression, literal} = node.templateSpans.at(-1)!;
      const before = node.head.text + node.templateSpans.slice(0, -1).map((span) => `…${span.literal.text}`).join('');
      const last = /^\.?$/.test(literal.text) ? inner(expression) : ['…'];
      return last.map((end) => before + end + literal.text);
    }
    const isCall = ts.isCallExpression(node);
    const name = isCall ? node.expression : node;
    if (!ts.isIdentifier(name)) return ['…'];
    return this.declared(name).flatMap((one) => {
      if (isCall) return ts.isFunctionDeclaration(one) ? returned(one).flatMap(inner) : ['…'];
      return ts.isVariableDeclaration(one) ? inner(one.initializer!) : ['…'];
    });
  }

  /** What a name stands for: the declaration around it that is nearest, or the only one of another file. */
  private declared(name: ts.Identifier): readonly ts.Node[] {
    for (let at: ts.Node = name; at; at = at.parent) {
      if (ts.isFunctionLike(at) && at.parameters.some((parameter) => parameter.getText().includes(name.text))) return [name];
      if (!ts.isBlock(at) && !ts.isSourceFile(at)) continue;
      const found = declarationsIn(at).get(name.text);
      if (found) return found;
    }
    const others = this.exported.get(name.text) ?? [];
    return others.length === 1 ? others : [name];
  }
}

/** A text with `…` for whatever is not literal. */
function whole(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({literal}) => `…${literal.text}`).join('');
  return ts.isBinaryExpression(node) ? whole(node.left) + whole(node.right) : '…';
}

function declarationsIn(block: ts.Block | ts.SourceFile): Map<string, ts.Node[]> {
  return new Map(block.statements.flatMap((statement): [string, ts.Node[]][] => {
    if (ts.isFunctionDeclaration(statement)) return [[statement.name!.text, [statement]]];
    return !ts.isVariableStatement(statement) ? [] :
      statement.declarationList.declarations.filter((one) => one.initializer && ts.isIdentifier(one.name))
        .map((one) => [one.name.getText(), [one]]);
  }));
}

/** What a function returns. */
function returned({body}: ts.FunctionDeclaration): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  if (body) visit(body);
  return found;
}

function saysWhatToDo(text: string): boolean {
  const sentence = text.split(/(?<=[.!?]) +|(?<=…) +(?=[A-Z])/).at(-1)!;
  const clause = sentence.split(/[;:] /).at(-1)!;
  const isInstruction = (part: string) => VERBS.has(/^\w*/.exec(part)![0].toLowerCase()) && !STATEMENT.test(part);
  return text.endsWith('.') && (isInstruction(sentence) || isInstruction(clause));
}

const parse = (name: string, text: string) => ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);

describe('messages thrown in src', () => {
  const SRC = path.join(ROOT, 'src');
  const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('backends/wasm/assembly'))
    .map((file) => parse(file, readFileSync(path.join(SRC, file), 'utf8')));
  const exported = new Map<string, ts.Node[]>();
  for (const [name, found] of files.flatMap((file) => [...declarationsIn(file)])) {
    exported.set(name, [...exported.get(name) ?? [], ...found]);
  }
  const messages = new Messages(exported);
  const all = files.flatMap((file) => messages.of(file).map((text) => ({file: file.fileName, text})));
  const isExempt = ({file, text}: typeof all[number]) => EXEMPT.some((one) => one.file === file && text.endsWith(one.end));

  it('end with what to do', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(all.filter((one) => !saysWhatToDo(one.text) && !isExempt(one)).map(({file, text}) => `${file}: ${text}`)).toEqual([]);
  });

  it('need each exemption', () => {
    const needed = all.filter(({text}) => !saysWhatToDo(text));
    for (const {file, end} of EXEMPT) {
      expect(needed.some((one) => one.file === file && one.text.endsWith(end))).withContext(`${file}: ${end}`).toBeTrue();
    }
  });

  const verdicts = (code: string) => messages.of(parse('sample.ts', code)).map(saysWhatToDo);
  const samples: readonly (readonly [title: string, code: string, verdicts: boolean[]])[] = [
    ['what came', 'throw new Error(`relu: x must be a tensor. Got ${show(x)}.`);', [false]],
    ['what came, in two pieces', "throw new Error(`relu: x must be a tensor. ` + `Got ${show(x)}.`);", [false]],
    ['what is known', "throw new RangeError(`relu: unknown option ${name}. Known are ${known.join(', ')}.`);", [false]],
    ['a statement', "throw new Error('relu: the file is damaged.');", [false]],
    ['a statement about a verb', "throw new Error('relu: wrong. Name must be a text.');", [false]],
    ['no full stop', "throw new Error('relu: wrong. Pass a tensor');", [false]],
    ['what to do on one way alone', "throw new Error(`relu: wrong.${far ? ' Pass a tensor.' : ''}`);", [true, false]],
    ['what to do', 'throw new Error(`relu: x must be a tensor. Got ${show(x)}. Pass a tensor.`);', [true]],
    ['what to do after a semicolon', "reject(new Error('relu: wrong. The file is damaged; save it again.'));", [true]],
    ['what to do, in a constant', "const ADVICE = 'Pass a tensor.'; throw new Error(`relu: wrong. ${ADVICE}`);", [true]],
    ['what to do, in a function',
      "function advice() { return `Pass a ${kind}.`; } function f() { throw new Error(`relu: wrong. ${advice()}`); }", [true]],
    ['what came, in a constant', 'const got = `Got ${x}.`; throw new Error(`relu: wrong. ${got}`);', [false]],
  ];
  for (const [title, code, expected] of samples) {
    it(`are told apart: one that ends with ${title}`, () => {
      expect(verdicts(code)).toEqual(expected);
    });
  }
});
