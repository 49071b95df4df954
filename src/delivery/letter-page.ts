// The HTML of a letter. Mail programs know little: one column of table cells, styles in the elements (Outlook and
// others ignore a style sheet), and a small style sheet for the programs that have a dark scheme.
import { Eta } from 'eta'

export interface LetterPage {
  locale: string
  direction: 'ltr' | 'rtl'
  subject: string
  heading: string
  body: string[]
  action: { label: string; url: string }
  /** The sentence above the link in full. */
  linkSentence: string
  /** The sentence beside the code, the id of its picture, and the side of it in pixels. */
  code: { sentence: string; cid: string; side: number }
  notes: string[]
  stop: { label: string; url: string } | undefined
}

/**
 * No pure white and no pure black: programs that invert colours by themselves then keep the order of the shades. Text
 * has a contrast of 4.5:1 or more in both schemes.
 */
const light = { page: '#eef0f4', card: '#fbfcfe', rule: '#d9dee7', text: '#1d2430', quiet: '#525c6b', link: '#1d56b8' }
const dark = { page: '#12151b', card: '#1c2129', rule: '#38404d', text: '#e9ecf1', quiet: '#aab3c0', link: '#8fb6ff' }
const button = { light: { face: '#1d56b8', label: '#fbfcfe' }, dark: { face: '#8fb6ff', label: '#12151b' } }

const fonts = `-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans',sans-serif`
/** Long names and links break anywhere, so that nothing is wider than a narrow screen. */
const wrap = 'word-wrap:break-word;overflow-wrap:anywhere'
const table = 'role="presentation" border="0" cellpadding="0" cellspacing="0"'
const text = `margin:0;font-family:${fonts};font-size:16px;line-height:24px;color:${light.text};${wrap}`
const small = `margin:0;font-family:${fonts};font-size:14px;line-height:21px;color:${light.quiet};${wrap}`
const link = `color:${light.link};text-decoration:underline;word-break:break-all`

const template = `<!DOCTYPE html>
<html lang="<%= it.locale %>" dir="<%= it.direction %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="x-apple-disable-message-reformatting">
<title><%= it.subject %></title>
<style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background-color:${dark.page}!important}
.card{background-color:${dark.card}!important;border-color:${dark.rule}!important}
.rule{border-color:${dark.rule}!important}
.text{color:${dark.text}!important}
.quiet{color:${dark.quiet}!important}
.link{color:${dark.link}!important}
.face{background-color:${button.dark.face}!important;border-color:${button.dark.face}!important}
.label{color:${button.dark.label}!important}
}
@media (max-width:480px){
.edge{padding:12px 8px!important}
.inside{padding:24px 20px!important}
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:${light.page};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all"><%= it.body[0] %></div>
<table ${table} class="page" width="100%" lang="<%= it.locale %>" dir="<%= it.direction %>" \
style="background-color:${light.page}">
<tr><td class="edge" align="center" style="padding:32px 12px">
<!--[if mso]><table ${table} width="560"><tr><td><![endif]-->
<table ${table} class="card" width="100%" style="max-width:560px;table-layout:fixed;background-color:${light.card};\
border:1px solid ${light.rule};border-radius:12px;border-collapse:separate">
<tr><td class="inside" align="<%= it.start %>" style="padding:36px 40px;text-align:<%= it.start %>">
<h1 class="text" style="${text};font-size:22px;line-height:30px;font-weight:600"><%= it.heading %></h1>
<% it.body.forEach((paragraph) => { %>
<p class="text" style="${text};padding-top:12px"><%= paragraph %></p>
<% }) %>
<table ${table} style="margin:28px 0"><tr>
<td class="face" align="center" bgcolor="${button.light.face}" style="background-color:${button.light.face};\
border:1px solid ${button.light.face};border-radius:8px;padding:0">
<a class="label" href="<%= it.action.url %>" style="display:inline-block;padding:13px 28px;font-family:${fonts};\
font-size:16px;line-height:22px;font-weight:600;color:${button.light.label};text-decoration:none;${wrap}">\
<%= it.action.label %></a>
</td></tr></table>
<p class="quiet" style="${small}"><%= it.linkSentence %></p>
<p class="quiet" dir="ltr" style="${small};padding-top:4px;text-align:<%= it.start %>">\
<a class="link" href="<%= it.action.url %>" style="${link}"><%= it.action.url %></a></p>
<p class="quiet" style="${small};padding-top:20px"><%= it.code.sentence %></p>
<p style="margin:0;padding-top:8px"><img src="cid:<%= it.code.cid %>" alt="" width="<%= it.code.side %>" \
height="<%= it.code.side %>" style="display:block;border:0;border-radius:8px"></p>
<table ${table} width="100%" style="margin-top:28px"><tr><td class="rule" style="border-top:1px solid ${light.rule};\
padding-top:20px">
<% it.notes.forEach((paragraph) => { %>
<p class="quiet" style="${small}"><%= paragraph %></p>
<% }) %>
<% if (it.stop) { %>
<p class="quiet" style="${small};padding-top:8px"><a class="quiet" href="<%= it.stop.url %>" \
style="color:${light.quiet};text-decoration:underline"><%= it.stop.label %></a></p>
<% } %>
</td></tr></table>
</td></tr></table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`

// Eta escapes each value. Blank lines are of no use to a reader.
const eta = new Eta({ autoEscape: true, autoTrim: ['nl', 'slurp'] })
const compiled = eta.compile(template)

/** The whole document. Its text is that of the page and nothing else. */
export const letterPage = (page: LetterPage): string =>
  eta.render(compiled, { ...page, start: page.direction === 'rtl' ? 'right' : 'left' })
