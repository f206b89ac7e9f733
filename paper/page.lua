-- What pandoc's HTML writer leaves undone: numbers of sections, equations, figures and tables, and references to them.

local numbers, sections, count, letters = {}, {}, { eq = 0, fig = 0, tab = 0 }, false

local function section(level)
  for i = 1, level do sections[i] = sections[i] or 0 end
  sections[level] = sections[level] + 1
  for i = level + 1, #sections do sections[i] = nil end
  local text = letters and string.char(64 + sections[1]) or tostring(sections[1])
  for i = 2, level do text = text .. "." .. sections[i] end
  return text
end

local function numbered(kind, label)
  count[kind] = count[kind] + 1
  if label and label ~= "" then numbers[label] = tostring(count[kind]) end
  return tostring(count[kind])
end

local function before(inlines, text)
  if inlines and inlines[1] then
    inlines[1].content:insert(1, pandoc.Strong(pandoc.Str(text)))
    inlines[1].content:insert(2, pandoc.Space())
  end
end

local first = {
  traverse = "topdown",
  Header = function(header)
    if header.identifier:match("^app:") and not letters then letters, sections = true, {} end
    local number = section(header.level)
    numbers[header.identifier] = number
    header.content:insert(1, pandoc.Span(pandoc.Str(number), { class = "number" }))
    header.content:insert(2, pandoc.Space())
    return header
  end,
  Math = function(math)
    math.text = math.text:gsub("& \\text", "& \\quad\\text")
    if math.mathtype ~= "DisplayMath" then return math end
    local label = math.text:match("\\label%s*{([^}]*)}")
    if not label then return math end
    math.text = math.text:gsub("\\label%s*{[^}]*}", "")
    local number = numbered("eq", label)
    return pandoc.Span({ math, pandoc.Span(pandoc.Str("(" .. number .. ")"), { class = "number" }) },
      { id = label, class = "equation" })
  end,
  Figure = function(figure)
    before(figure.caption.long, "Figure " .. numbered("fig", figure.identifier) .. ".")
    return figure
  end,
  Div = function(div)
    if div.classes:includes("titlepage") then
      letters, sections = true, {}
      div.content:remove(1)
      div.content:insert(1, pandoc.Para({ pandoc.Str("Supplement") }))
      return div
    end
    local table = div.content[1]
    if #div.content == 1 and table.t == "Table" then
      before(table.caption.long, "Table " .. numbered("tab", div.identifier) .. ".")
      return div
    end
  end,
  Image = function(image)
    image.src = image.src:gsub("%.pdf$", ".svg")
    return image
  end,
}

local second = {
  Link = function(link)
    local kind, target = link.attributes["reference-type"], link.attributes["reference"]
    if not kind then return nil end
    if target:match("^thm:") then return link end
    if not numbers[target] then error("reference to " .. target .. ", which does not exist") end
    link.content = { pandoc.Str(numbers[target]) }
    if kind == "eqref" then return { pandoc.Str("("), link, pandoc.Str(")") } end
    return link
  end,
}

-- The references stand before the supplement.
local third = {
  Pandoc = function(doc)
    local place = #doc.blocks + 1
    for i, block in ipairs(doc.blocks) do
      if block.t == "Div" and block.classes:includes("titlepage") or block.t == "Header" and block.identifier:match("^app:") then
        place = i
        break
      end
    end
    doc.blocks:insert(place, pandoc.Header(1, "References", { id = "references" }))
    doc.blocks:insert(place + 1, pandoc.Div({}, { id = "refs" }))
    return doc
  end,
}

return { first, second, third }
