import {readFileSync} from 'node:fs';
import ts from 'typescript';

/** What a page shows of an op's record: what it computes, not how its arguments are read. */
const SHOWN = ['name', 'forward', 'backward'];

/**
 * The text of some declarations of a source file, doc comments included.
 * @param {string} file
 * @param {string[]} names constants, functions, classes or interfaces at its top level; `rectify short` leaves out of the
 * record of an op all but its name, forward and backward
 * @returns {string}
 */
export function declarationsOf(file, names) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  /** @type {Map<string, ts.Statement>} */
  const declared = new Map();
  for (const statement of source.statements) {
    for (const name of namesOf(statement)) declared.set(name, statement);
  }
  return names.map((wanted) => {
    const [name = '', short] = wanted.split(' ');
    const statement = declared.get(name);
    if (!statement) {
      throw new Error(`${file} declares no ${name} at its top level; it has ${[...declared.keys()].join(', ')}.`);
    }
    const start = statement.getStart(source, true);
    const text = source.text.slice(start, statement.end);
    return short ? withoutParts(text, otherParts(statement), start) : text;
  }).join('\n\n');
}

/**
 * The parts of the records in a statement that are not shown.
 * @param {ts.Node} statement
 * @returns {ts.ObjectLiteralElementLike[]}
 */
function otherParts(statement) {
  /** @type {ts.ObjectLiteralElementLike[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'defineOp' && node.arguments[0] &&
        ts.isObjectLiteralExpression(node.arguments[0])) {
      found.push(...node.arguments[0].properties.filter((part) => !SHOWN.includes(part.name?.getText() ?? '')));
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(statement);
  return found;
}

/**
 * A text without some whole lines; one comment stands for each run of them.
 * @param {string} text
 * @param {ts.Node[]} parts
 * @param {number} start where the text begins in its file
 */
function withoutParts(text, parts, start) {
  const lines = text.split('\n');
  const lineOf = (/** @type {number} */ at) => text.slice(0, at - start).split('\n').length - 1;
  const left = new Set(parts.flatMap((part) => {
    const [first, last] = [lineOf(part.getStart()), lineOf(part.end)];
    return Array.from({length: last - first + 1}, (_, i) => first + i);
  }));
  return lines.flatMap((line, i) => {
    if (!left.has(i)) return [line];
    return left.has(i - 1) ? [] : [`${/^ */.exec(line)?.[0]}// ...`];
  }).join('\n');
}

/** @param {ts.Statement} statement */
function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({name}) => name.getText());
  const {name} = /** @type {ts.FunctionDeclaration} */ (statement);
  return name ? [name.text] : [];
}
