import { expect, test } from 'vitest'
import { answerProblems, rowsOf } from '../../tools/lib/security-table.ts'
import { titlesOf } from '../../tools/lib/test-titles.ts'

const SOURCE = [
  "test('a title', () => {})",
  "attack('the attacker’s own', ROWS, tell)",
  'everywhere(',
  '  "it doesn\'t matter",',
  "  'no title', async (world) => {}",
  ')',
  "test.each([['a row', 1], ['it\\'s', 2]])('%s of them', () => {})",
  `attack(\`after \${name}\`, ROWS, tell)`,
  "expect(answer).toBe('only a value')",
].join('\n')

test('titles are what calls and rows begin with, escapes resolved, templates as they stand', () => {
  const titles = titlesOf(SOURCE)
  const expected = [
    'a title',
    'the attacker’s own',
    "it doesn't matter",
    'a row',
    "it's",
    '%s of them',
    `after \${name}`,
  ]
  for (const title of expected) expect(titles).toContain(title)
  expect(titles).not.toContain('no title')
})

test('rows are read with their line, without the head, and the list of their names beside them', () => {
  const text =
    '# x\n\n| id | why | answer |\n| --- | --- | --- |\n| A-1 | b | c |\n| A-2 | d | e |\n\n<!-- rows\nA-1\nA-3\n-->\n'
  expect(rowsOf(text)).toEqual({
    rows: [
      { id: 'A-1', line: 5, answer: 'c' },
      { id: 'A-2', line: 6, answer: 'e' },
    ],
    frozen: ['A-1', 'A-3'],
  })
})

test.each([
  ['a test that exists', '`a.test.ts › a title`', 0],
  ['two of them', '`a.test.ts › a title`<br>`a.test.ts › a row`', 0],
  ['a reason', 'Does not apply: there is none', 0],
  ['a setting with its document', 'Setting: `idleTimeout`, in `docs/here.md`', 0],
  ['a test that does not exist', '`a.test.ts › another title`', 1],
  ['a file that does not exist', '`b.test.ts › a title`', 1],
  ['a file that holds no tests', '`src/index.ts › a title`', 1],
  ['a document that does not exist', 'Setting: see `docs/gone.md`', 1],
  ['nothing', '', 1],
  ['a reason of no words', 'Does not apply:', 1],
  ['words that are none of these', 'we think so', 1],
  ['what is to come', '`a.test.ts › a title`<br>PENDING: a test', 1],
  ['an arrow without its quotes', 'a.test.ts › a title', 1],
])('an answer that is %s', (_, answer, problems) => {
  const titles = new Map([['a.test.ts', titlesOf(SOURCE)]])
  const found = answerProblems(
    answer,
    (file) => titles.get(file) ?? null,
    (path) => path === 'docs/here.md',
  )
  expect(found).toHaveLength(problems)
})
