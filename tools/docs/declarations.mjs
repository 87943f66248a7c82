import {readFileSync} from 'node:fs';
import ts from 'typescript';

/**
 * The text of some declarations of a source file, doc comments included.
 * @param {string} file
 * @param {string[]} names constants, functions, classes or interfaces at its top level
 * @returns {string}
 */
export function declarationsOf(file, names) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  /** @type {Map<string, ts.Statement>} */
  const declared = new Map();
  for (const statement of source.statements) {
    for (const name of namesOf(statement)) declared.set(name, statement);
  }
  return names.map((name) => {
    const statement = declared.get(name);
    if (!statement) {
      throw new Error(`${file} declares no ${name} at its top level; it has ${[...declared.keys()].join(', ')}.`);
    }
    return source.text.slice(statement.getStart(source, true), statement.end);
  }).join('\n\n');
}

/** @param {ts.Statement} statement */
function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({name}) => name.getText());
  const {name} = /** @type {ts.FunctionDeclaration} */ (statement);
  return name ? [name.text] : [];
}
