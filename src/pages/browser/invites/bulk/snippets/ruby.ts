// The call for Ruby, with nothing but its standard library.
import { singleQuoted, type CallToCopy } from './call-to-copy.js'

const classes = { PATCH: 'Patch', DELETE: 'Delete' }

export const rubyOf = ({ method, url, filter, body }: CallToCopy): string =>
  [
    `# encoding: utf-8`,
    `require 'net/http'`,
    ``,
    `filter = ${singleQuoted(JSON.stringify(filter))}`,
    `uri = URI(${singleQuoted(`${url}?filter=`)} + URI.encode_www_form_component(filter))`,
    `request = Net::HTTP::${classes[method]}.new(uri)`,
    `request['Authorization'] = "Bearer #{ENV['TOKEN']}"`,
    ...(body
      ? [`request['Content-Type'] = 'application/json'`, `request.body = ${singleQuoted(JSON.stringify(body))}`]
      : []),
    `answer = Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }`,
    `puts answer.code, answer.body`
  ].join('\n')
