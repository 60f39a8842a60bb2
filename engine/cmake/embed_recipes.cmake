# Writes a C++ file that holds recipes as texts.
#   cmake -D OUTPUT=recipes.cpp -D "RECIPES=a.toml;b.toml" -P embed_recipes.cmake
set(entries "")
foreach(recipe IN LISTS RECIPES)
  get_filename_component(name "${recipe}" NAME_WE)
  file(READ "${recipe}" text)
  string(APPEND entries "      {\"${name}\", R\"toml(${text})toml\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"engine/config/recipes.hpp\"

namespace weft::engine {

const std::vector<Recipe>& embedded_recipes() {
  static const std::vector<Recipe> recipes{
${entries}  };
  return recipes;
}

}  // namespace weft::engine
")
