import Chat from "./Chat.jsx";

function App() {
  return (
    <div className="App">
      <Chat />
    </div>
  );
}

export default App;
