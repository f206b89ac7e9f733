-- What pandoc's LaTeX reader and Typst writer leave undone.

-- \ref and \eqref: Typst resolves the number; theorem-like blocks keep the number that pandoc gave them.
function Link(link)
  local kind, target = link.attributes["reference-type"], link.attributes["reference"]
  if not kind then return nil end
  local prefix = target:match("^%a+")
  if prefix == "thm" or prefix == "prop" or prefix == "lem" then
    return pandoc.Link(link.content, "#" .. target)
  end
  local ref = pandoc.RawInline("typst", "#ref(<" .. target .. ">)")
  if kind == "eqref" then return { pandoc.Str("("), ref, pandoc.Str(")") } end
  return ref
end

-- A displayed equation has a number only if it has a label; the conditions of a case stand apart from its values; a
-- fraction in a line keeps its distance from the lines around it.
function Math(math)
  math.text = math.text:gsub("& \\text", "& \\quad\\text")
  if math.mathtype == "InlineMath" and math.text:find("\\frac", 1, true) then
    return { pandoc.RawInline("typst", "#tall["), math, pandoc.RawInline("typst", "]") }
  end
  if math.mathtype ~= "DisplayMath" or not math.text:find("\\label", 1, true) then return math end
  return { pandoc.RawInline("typst", "#numbered["), math, pandoc.RawInline("typst", "]") }
end

-- Theorems and proofs stand apart from the text; a table's label sits on the block around it; narrow columns are as wide as they
-- need to be.
local function apart(div)
  return { pandoc.RawBlock("typst", "#v(1em, weak: true)"), div, pandoc.RawBlock("typst", "#v(1em, weak: true)") }
end

function Div(div)
  if div.classes:includes("theorem") then
    div.content:insert(1, pandoc.RawBlock("typst", "#statement["))
    div.content:insert(pandoc.RawBlock("typst", "]"))
    return apart(div)
  end
  if div.classes:includes("proof") then
    return apart(div)
  end
  local table = div.content[1]
  if #div.content == 1 and table.t == "Table" then
    table.identifier = div.identifier
    for _, column in ipairs(table.colspecs) do
      if column[2] and column[2] < 0.15 then column[2] = nil end
    end
    if #table.bodies[1].body <= 8 then -- a small one stays whole
      return { pandoc.RawBlock("typst", "#block(breakable: false, above: 1.4em, below: 1.4em)["), table, pandoc.RawBlock("typst", "]") }
    end
    return table
  end
end

-- What floats in an appendix stays there.
function Header(header)
  if header.level == 1 and header.identifier:match("^app:") then
    return { pandoc.RawBlock("typst", "#place.flush()"), header }
  end
end

-- The title page of the supplement: the references before it, then letters for sections and a table of contents.
local function opening(block)
  return block.t == "Div" and block.classes:includes("titlepage")
end

local function supplement(div)
  local blocks = pandoc.Blocks({ pandoc.RawBlock("typst", "#references"), pandoc.RawBlock("typst", "#show: supplement.with([") })
  div.content:remove(1)
  blocks:insert(pandoc.RawBlock("typst", '#align(center, text(size: 16pt, weight: "bold")[Supplement])'))
  blocks:extend(div.content)
  blocks:insert(pandoc.RawBlock("typst", "])"))
  return blocks
end

-- \appendix without a title page: the references, then letters from the first heading labelled app: on.
function Pandoc(doc)
  for i, block in ipairs(doc.blocks) do
    if opening(block) then
      doc.blocks:remove(i)
      for k, new in ipairs(supplement(block)) do doc.blocks:insert(i + k - 1, new) end
      return doc
    elseif block.t == "Header" and block.identifier:match("^app:") then
      doc.blocks:insert(i, pandoc.RawBlock("typst", "#show: appendix"))
      doc.blocks:insert(i, pandoc.RawBlock("typst", "#references"))
      return doc
    end
  end
  doc.blocks:insert(pandoc.RawBlock("typst", "#references"))
  return doc
end
