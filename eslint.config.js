import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['.cache/', '.scratch*/', 'dist/', 'coverage/', 'out/', 'src/backends/wasm/assembly/', '.stryker-tmp/', 'reports/']},
  js.configs.recommended,
  {
    files: ['**/*.{mjs,cjs,js}'],
    languageOptions: {globals: globals.node},
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    languageOptions: {parserOptions: {tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/array-type': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', ignoreRestSiblings: true}],
    },
  },
  {
    rules: {
      'max-len': ['error', {
        code: 130, ignoreUrls: true, ignoreRegExpLiterals: true, ignorePattern: 'export const (common|text|relaxedEdits) = ',
      }],
      eqeqeq: ['error', 'always', {null: 'ignore'}],
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/reference/**'],
    rules: {'no-restricted-imports': ['error', {patterns: ['..*/**', '@*']}]},
  },
  {
    files: ['src/ops/**'],
    rules: {'no-restricted-imports': ['error', {patterns: ['**/layers/**', '**/backends/*/**']}]},
  },
);
