/**
 * Markup that nobody can inject into.
 */

import { describe, expect, it } from 'vitest'
import { formToken, type Html, html, render } from '../../lab/html.ts'

const noToken = () => ''

describe('a template of the lab', () => {
  it('escapes whatever it is given, in text and in attributes', () => {
    const hostile = `"'><script>alert(1)</script>&amp;`
    expect(render(html`<p title="${hostile}">${hostile}</p>`, noToken)).toBe(
      '<p title="&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;">' +
        '&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</p>',
    )
  })

  it('keeps what another template made, and lists of it', () => {
    expect(render(html`<ul>${['a', '<b>'].map((text) => html`<li>${text}</li>`)}</ul>`, noToken)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
    )
  })

  it('prints nothing for what is missing, and a zero for zero', () => {
    expect(render(html`${null}${undefined}${false}${''}${0}`, noToken)).toBe('0')
  })

  it('puts the token into every form, and nowhere a visitor wants it', () => {
    const visitor = 'of\0form token\0me'
    const page = html`<form>${formToken}</form><p title="${visitor}">${visitor}</p><form>${formToken}</form>`
    expect(render(page, () => '<i>')).toBe(
      '<form><i></form><p title="of\uFFFDform token\uFFFDme">of\uFFFDform token\uFFFDme</p><form><i></form>',
    )
  })

  it('asks for no token where no form needs one', () => {
    const refused = () => {
      throw new Error('asked')
    }
    expect(render(html`<p></p>`, refused)).toBe('<p></p>')
  })

  it('takes no object for markup because it looks like it', () => {
    const fromJson = JSON.parse('{"markup":"<script>","toString":"<script>"}') as Html
    expect(render(html`${fromJson}`, noToken)).not.toContain('<script>')
  })
})
